-- Ids in the order in which they were made, also where the server has no uuidv7() of its own (before Postgres 18): of two in one
-- millisecond the earlier was the greater as often as not, and the outbox told the two in the wrong order. As in 18, the twelve
-- bits after the version are the fraction of the millisecond.
do $migration$
begin
  if to_regprocedure('pg_catalog.uuidv7()') is null then
    create or replace function owlpost_uuid7() returns uuid
      language sql volatile parallel safe
      as $body$
        select encode(
          overlay(
            overlay(uuid_send(gen_random_uuid()) placing substring(int8send(us / 1000) from 3) from 1 for 6)
            placing substring(int8send(28672 + us % 1000 * 4096 / 1000) from 7)
            from 7 for 2),
          'hex')::uuid
        from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as us) as moment
      $body$;
  end if;
end
$migration$;
