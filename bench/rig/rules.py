"""Policies of a size that organizations have, for clusters that decide by them."""

# Topics of the null broker that all load uses.
USED = 10


def acls(count, cluster="lkc-bench"):
    """`count` ACLs as TOML, one a topic. The topics that load uses and every other one beyond are the
    benchmark's own; the rest are somebody else's, so that half of all topics is filtered out of Metadata."""
    return "\n".join(_acl(number, cluster) for number in range(count))


def _acl(number, cluster):
    own = number < USED or number % 2 == 0
    principal = "User:pool-bench" if own else f"User:other-{number % 100}"
    return (
        "[[acls]]\n"
        f'cluster = "{cluster}"\n'
        f'principal = "{principal}"\n'
        'operation = "ALL"\n'
        'permission = "ALLOW"\n'
        'resource_type = "TOPIC"\n'
        f'resource_name = "bench-{number:05}"\n')
