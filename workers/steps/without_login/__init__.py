"""The steps' variants that look from outside only: AWS's API and CloudWatch."""

#: What only a login shows. It is named wherever a person decides.
NOT_LOOKED_AT = (
    "unlogged tables, which do not arrive",
    "extensions that Aurora may lack",
    "logical slots and subscriptions",
    "long and prepared transactions",
    "rows, sequences, roles and settings on both sides",
    "whether the applications' password works on the target",
)
