"""The names of the data stack's outputs that tell where secrets lie."""


def output_of(name: str) -> str:
    """Return the output of the stack that tells the secret's ARN: `mobile_push` → `SecretMobilePush`."""
    return "Secret" + name.replace("-", "_").title().replace("_", "")
