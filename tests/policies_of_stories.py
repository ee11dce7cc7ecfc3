"""Which documents of docs/iam each story's workers are given: as docs/iam/README.md says."""

OBSERVER, LOGIN, BUILDER, CUT_OVER = "observer", "login", "builder", "cut-over"

#: By story (tests/integration/iam/stories.py).
WORKERS: dict[str, tuple[str, ...]] = {
    # not lived through with databases: tests/unit/test_audit_in_s3.py
    "audited": ("auditor",),
    "backups-off": (OBSERVER, LOGIN, "remedies"),
    "by-snapshot": (OBSERVER, LOGIN, BUILDER, CUT_OVER, "undertaker", "guard"),
    "cancelled": (OBSERVER, LOGIN, BUILDER, "undertaker", "guard"),
    "examined": (OBSERVER, "doctor"),
    "finished": (OBSERVER, LOGIN, BUILDER, CUT_OVER, "way-back"),
    "mended": (OBSERVER, LOGIN, "remedies"),
    "named": (OBSERVER, LOGIN, BUILDER, CUT_OVER, "route53"),
    "rolled-back": (OBSERVER, LOGIN, BUILDER, CUT_OVER, "way-back"),
    "with-login": (OBSERVER, LOGIN, BUILDER, CUT_OVER),
    "without-login": (OBSERVER, BUILDER, CUT_OVER, "without-login"),
}
AGENT = ("pooler-agent",)
