"""The sample chain with more channels: "followed-0", "followed-1" and so on; or with few channel services."""

import contextlib
import os

import places


def of(folder, *services):
    """Writes the chain with no channel services but these to a file, whose path it returns: after a
    start HQ waits two seconds for those that it knows and that don't come."""
    with _copy(folder) as (sample, out):
        missing = set(services)
        for line in sample:
            if "channel_services:" in line:
                service = line.split('"')[1]
                if service not in services:
                    continue
                missing.remove(service)
            out.write(line)
    assert not missing, f"not in the sample chain: {missing}"
    return out.name


def followed(folder, *, channels, groups=1, services_of=lambda channel: [channel], profile="stores"):
    """Writes the chain to a file, whose path it returns. Channel c shares address book c % groups with
    others; its channel services are "follower-s" for each s of `services_of` c. The sample's own
    channels have other books."""
    with _copy(folder) as (sample, out):
        out.write(sample.read())
        for group in range(groups):
            out.write(f"""
configurations {{ address_book {{ name: "addressBooks/{group}" display_name: "Group {group}" }} }}
""")
        for channel in range(channels):
            out.write(_channel(channel, channel % groups, services_of(channel), profile))
    return out.name


def names(channels):
    """Those of so many channels, as flags take them."""
    return ",".join(f"followed-{channel}" for channel in range(channels))


@contextlib.contextmanager
def _copy(folder):
    """The sample, to read, and what becomes of it, to write."""
    with (open(places.CHAIN, encoding="utf-8") as sample,
          open(os.path.join(folder, "chain.textproto"), "w", encoding="utf-8") as out):
        yield sample, out


def _channel(channel, group, followers, profile):
    services = "\n".join(f'    channel_services: "follower-{number}"' for number in followers)
    return f"""
configurations {{
  channel {{
    name: "channels/followed-{channel}"
    display_name: "Followed {channel}"
    operating_unit: "operatingUnits/seattle"
    profile: "profiles/{profile}"
    currency: "USD"
    language: "en-US"
{services}
    default_customer: "defaultCustomers/us"
    address_books: "addressBooks/{group}"
    channel_database_group: "channelDatabaseGroups/stores"
  }}
}}
"""
