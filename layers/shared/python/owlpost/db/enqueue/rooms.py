"""A part of the fan-out: a team's rooms, each told once, with the first chunk of the team."""

from owlpost.db import judgement
from owlpost.db.enqueue.ruling import is_held_over
from owlpost.domain.channels import destination_channels
from owlpost.domain.destinations import ROOM_ON
from owlpost.domain.reasons import Reason
from owlpost.domain.requests import EnqueueRequest
from owlpost.domain.types import NotificationType

#: To make an id costs the database more than to judge a row, so a delivery takes its notification's, with the place of its
#: channel as the last two digits: as unique as the time and the 54 random bits before them.
DELIVERY_ID = "cast(left(cast(notification_id as text), 34) || place as uuid)"

#: A team's rooms, each once. What a person may choose, as quiet hours, is not theirs: a hold stops them, and a time ahead.
ROOMS = f"""
    room as materialized (
      select owlpost_uuid7() as id, t.id as destination_id, t.channel, to_char(channel.number, 'FM00') as place,
             case when {is_held_over("t.channel")} then '{Reason.HELD}'
               when cast(:not_before as timestamptz) > now() then '{Reason.NOT_BEFORE}' end as rule
      from destinations t
      join unnest(string_to_array(:room_channels, ',')) with ordinality as channel (key, number) on channel.key = t.channel
      where :tells_rooms and t.team_id = :recipient_team_id and t.state = 'live'
        and (t.types is null or cast(:type as text) = any(t.types))
    ),"""
ROOM_INBOX = """
      union all
      select room.id, null, cast(:team_id as uuid), :type, :title, :body, :link, cast(:data as jsonb), false,
             greatest(now(), cast(:not_before as timestamptz)), cast(:request_id as uuid)
      from room"""
ROOM_DELIVERY = f"""
      union all
      select {DELIVERY_ID}, notification_id, channel, 'pending', null, rule, null, now(), due,
             case when due <= {judgement.SOON} then due else now() end, '{ROOM_ON}', :registry, null, destination_id
      from (
        select room.*, room.id as notification_id,
               case when rule = '{Reason.NOT_BEFORE}' then cast(:not_before as timestamptz) end as due
        from room
      ) of_room"""


def parameters(request: EnqueueRequest, kind: NotificationType) -> dict[str, object]:
    """Return the values that these parts take."""
    return {
        "tells_rooms": request.tells_rooms and kind.for_rooms,
        "room_channels": ",".join(channel.key for channel in destination_channels()),
    }
