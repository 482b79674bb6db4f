-- What the gateway needs of a billing database: five tables, or views of the utility's own with these names; one role
-- that may only read; and policies that show it nothing but the rows of the accounts named for the transaction.

create table ledger (
  ledger_id text primary key,
  account_number text not null,
  holder_name text not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  balance numeric(12, 2) not null,
  currency text not null,
  due_on date
);

create table statement (
  statement_id text primary key,
  ledger_id text not null,
  account_number text not null,
  period_from timestamptz not null,
  period_until timestamptz not null,
  issued_on date not null,
  due_on date not null,
  amount numeric(12, 2) not null,
  status text not null,
  note text not null
);

create table payment (
  payment_id text primary key,
  ledger_id text not null,
  account_number text not null,
  statement_id text,
  received_at timestamptz not null,
  amount numeric(12, 2) not null,
  method text not null,
  reference text not null
);

create table arrangement (
  arrangement_id text primary key,
  ledger_id text not null,
  account_number text not null,
  agreed_at timestamptz not null,
  status text not null,
  total numeric(12, 2) not null,
  note text not null
);

create table instalment (
  arrangement_id text not null,
  place integer not null,
  due_on date not null,
  amount numeric(12, 2) not null,
  is_paid boolean not null,
  primary key (arrangement_id, place)
);

create index on ledger (account_number);
create index on statement (ledger_id, period_from desc);
create index on payment (ledger_id, received_at desc);
create index on payment (statement_id);
create index on arrangement (ledger_id);

-- The numbers of the transaction's accounts, each with the times in which it was theirs. Unset, as outside a transaction
-- of the gateway, there are none. Policies call it as a subquery, which is then made once and not for every row.
create function own_times() returns jsonb
language sql stable
as $$
  select coalesce(jsonb_object_agg(number, times), '{}')
  from (
    select own.number, range_agg(tstzrange(own."from", own.until))::text as times
    from jsonb_to_recordset(coalesce(nullif(current_setting('gateway.accounts', true), ''), '[]')::jsonb)
      as own (number text, "from" timestamptz, until timestamptz)
    group by own.number
  ) own
$$;

create role gateway nologin;
grant select on ledger, statement, payment, arrangement, instalment to gateway;

alter table ledger enable row level security;
alter table ledger force row level security;
create policy own on ledger for select to gateway using (
  ((select own_times()) ->> account_number)::tstzmultirange && tstzrange(opened_at, closed_at)
);

alter table statement enable row level security;
alter table statement force row level security;
create policy own on statement for select to gateway using (
  ((select own_times()) ->> account_number)::tstzmultirange @> tstzrange(period_from, period_until)
);

-- The last bill is paid after somebody has moved out: what pays an own statement is the payer's own.
alter table payment enable row level security;
alter table payment force row level security;
create policy own on payment for select to gateway using (
  ((select own_times()) ->> account_number)::tstzmultirange @> received_at
  or exists (
    select from statement
    where statement.statement_id = payment.statement_id and statement.account_number = payment.account_number
  )
);

alter table arrangement enable row level security;
alter table arrangement force row level security;
create policy own on arrangement for select to gateway using (
  ((select own_times()) ->> account_number)::tstzmultirange @> agreed_at
);

alter table instalment enable row level security;
alter table instalment force row level security;
create policy own on instalment for select to gateway using (
  exists (select from arrangement where arrangement.arrangement_id = instalment.arrangement_id)
);
