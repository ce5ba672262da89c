-- An operator can give a failed delivery a new start; its retries are then bounded from that moment.
alter table notification_deliveries add column redriven_at timestamptz;
