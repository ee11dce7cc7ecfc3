-- The tables that the sandbox's application lives on; every statement runs as the application's owner.

CREATE TABLE accounts (
    id         bigint PRIMARY KEY,
    holder     text NOT NULL,
    balance    bigint NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- No unique key over (client, seq, line): a doubled row must be able to show itself.
CREATE TABLE ledger (
    id         bigserial PRIMARY KEY,
    client     integer NOT NULL,
    seq        bigint NOT NULL,
    line       smallint NOT NULL,
    account    bigint NOT NULL REFERENCES accounts,
    delta      bigint NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ledger_account ON ledger (account);

CREATE SEQUENCE invoice_number START 100001;

CREATE TABLE orders (
    id         bigserial PRIMARY KEY,
    account    bigint NOT NULL,
    invoice    bigint NOT NULL DEFAULT nextval('invoice_number'),
    placed_at  timestamptz NOT NULL,
    status     text NOT NULL,
    amount     numeric(12, 2) NOT NULL,
    currency   char(3) NOT NULL,
    address    jsonb NOT NULL,
    gift       boolean NOT NULL,
    note       text NOT NULL
);
ALTER SEQUENCE invoice_number OWNED BY orders.invoice;

CREATE VIEW open_orders AS
    SELECT o.id, o.invoice, a.holder, o.amount, o.currency, o.placed_at
      FROM orders o JOIN accounts a ON a.id = o.account
     WHERE o.status IN ('placed', 'paid');
