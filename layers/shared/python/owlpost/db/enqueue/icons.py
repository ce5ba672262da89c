"""A part of the fan-out: the people whose icons no push will bring up to date."""

#: People with an iPhone who get the notification in their inbox and want no push of it. The lookup is by person: the planner
#: would else read the table of all devices for a large team. What is for later is not in the inbox yet.
QUIET_ICONS = """
    unpushed as materialized (
      select user_id
      from audience
      where cast(:not_before as timestamptz) is null
        and id in (select notification_id from wanted where channel = 'in_app' and inside)
        and id not in (select notification_id from wanted where channel = 'mobile_push')
    ),
    icon as (
      select user_id
      from unpushed
      cross join lateral (
        select from user_devices v
        where v.user_id = unpushed.user_id and v.channel = 'mobile_push' and v.platform = 'ios'
        limit 1
      ) phone
    )"""
