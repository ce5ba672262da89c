"""The CDK app. `configuration`, `bundles` and `alarm_specs` need no CDK: they are read without starting Node."""
