-- People to try things on: a small product team, and a community of two thousand. The same ids on every laptop: they are
-- literals in examples/ too, so that its files are requests one can send as they are. Whatever is there already stays.

insert into teams (id, name, slug) values
  ('01940000-0000-7000-8000-0000000000a1', 'Pocket Atlas', 'pocket-atlas'),
  ('01940000-0000-7000-8000-0000000000a2', 'Atlas Community', 'atlas-community')
on conflict do nothing;

-- Ada owns, Bo administers, Cy and Dee are members; Dee has chosen less than the defaults.
with person (id, email, name, role, preferences) as (
  values
    (uuid '01940000-0000-7000-8000-000000000001', 'ada@owlpost.example', 'Ada', 'owner', '{}'),
    ('01940000-0000-7000-8000-000000000002', 'bo@owlpost.example', 'Bo', 'admin', '{}'),
    ('01940000-0000-7000-8000-000000000003', 'cy@owlpost.example', 'Cy', 'member', '{}'),
    ('01940000-0000-7000-8000-000000000004', 'dee@owlpost.example', 'Dee', 'member',
     '{"notifications": {"types": {"feedback.new": {"email": false}, "issue.new": {"mobile_push": false}}}}')
),
added as (
  insert into users (id, email, name, preferences)
  select id, email, name, cast(preferences as jsonb) from person
  on conflict do nothing
)
insert into team_members (team_id, user_id, role)
select '01940000-0000-7000-8000-0000000000a1', id, role from person
on conflict do nothing;

with person as (
  select cast('01940000-0000-7000-8001-' || lpad(to_hex(n), 12, '0') as uuid) as id, n
  from generate_series(1, 2000) as n
),
added as (
  insert into users (id, email, name)
  select id, 'reader' || n || '@community.example', 'Reader ' || n from person
  on conflict do nothing
)
insert into team_members (team_id, user_id)
select '01940000-0000-7000-8000-0000000000a2', id from person
on conflict do nothing;

-- Four unlucky people of no team, for the accidents of the demo: only Uma carries a phone.
insert into users (id, email, name) values
  ('01940000-0000-7000-8002-000000000009', 'rita@accidents.example', 'Rita'),
  ('01940000-0000-7000-8002-000000000013', 'bob@accidents.example', 'Bob'),
  ('01940000-0000-7000-8002-00000000001d', 'fay@accidents.example', 'Fay'),
  ('01940000-0000-7000-8002-000000000002', 'uma@accidents.example', 'Uma')
on conflict do nothing;

-- Seven people in ten carry an iPhone, two an Android phone, one neither; Ada carries both.
with person as (
  select id, get_byte(uuid_send(id), 15) % 10 as luck from users
),
phone as (
  select id as user_id, 'ios' as platform, encode(sha256(convert_to(id || ':ios', 'UTF8')), 'hex') as token
  from person
  where luck < 7
  union all
  select id, 'android', 'fcm:' || encode(sha256(convert_to(id || ':android', 'UTF8')), 'hex')
  from person
  where luck in (1, 7, 8)
)
insert into user_devices (user_id, platform, token, device_model, app_version)
select user_id, platform, token, case platform when 'ios' then 'iPhone' else 'Pixel' end, '4.2.0' from phone
on conflict do nothing;

-- Older than a day, so that the first digest is due.
with project as (
  insert into projects (id, team_id, name, issue_alert_frequency, created_at) values
    ('01940000-0000-7000-8000-0000000000b1', '01940000-0000-7000-8000-0000000000a1', 'Pocket Atlas', 'daily', now() - interval '30 days'),
    ('01940000-0000-7000-8000-0000000000b2', '01940000-0000-7000-8000-0000000000a1', 'Atlas for Teams', null, now() - interval '30 days')
  on conflict do nothing
),
app as (
  insert into apps (id, project_id, name) values
    ('01940000-0000-7000-8000-0000000000c1', '01940000-0000-7000-8000-0000000000b1', 'Pocket Atlas for iOS'),
    ('01940000-0000-7000-8000-0000000000c2', '01940000-0000-7000-8000-0000000000b1', 'Pocket Atlas for Android')
  on conflict do nothing
),
issue (id, app, status, title, occurrences, people, is_dev) as (
  values
    (uuid '01940000-0000-7000-8000-0000000000d1', uuid '01940000-0000-7000-8000-0000000000c1', 'new',
     'Crash when the route crosses the date line', 214, 97, false),
    ('01940000-0000-7000-8000-0000000000d2', '01940000-0000-7000-8000-0000000000c1', 'new',
     'Map tiles stay grey after waking from sleep', 63, 41, false),
    ('01940000-0000-7000-8000-0000000000d3', '01940000-0000-7000-8000-0000000000c2', 'regressed',
     'Search forgets the last query', 12, 9, false),
    ('01940000-0000-7000-8000-0000000000d4', '01940000-0000-7000-8000-0000000000c1', 'new',
     'Assertion failed in the debug menu', 3, 1, true),
    ('01940000-0000-7000-8000-0000000000d5', '01940000-0000-7000-8000-0000000000c2', 'resolved',
     'Compass is mirrored on tablets', 58, 40, false)
)
insert into issues (id, project_id, app_id, status, title, occurrence_count, unique_user_count, is_dev,
                    first_seen_at, last_seen_at)
select id, '01940000-0000-7000-8000-0000000000b1', app, status, title, occurrences, people, is_dev,
       now() - interval '20 days', now() - interval '2 hours'
from issue
on conflict do nothing;
