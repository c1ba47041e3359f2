"""An S3 service in this process, asked over real HTTP (moto), and new buckets in it."""

import http.client
import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import obstore
from obstore.store import S3Store as Bucket

from fieldapp.config import S3
from tests import factories

if TYPE_CHECKING:
    from obstore import ObjectMeta

Address = tuple[str, int]


@contextmanager
def running() -> Iterator[Address]:
    """Host and port of the service."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the service imports is not ours to mend
        server: Any = importlib.import_module("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        yield server.get_host_and_port()
        server.stop()


def new_bucket(address: Address) -> S3:
    """Settings of a bucket that nobody else has."""
    name = f"files-{factories.new_id()}"
    line = http.client.HTTPConnection(*address)
    line.request("PUT", f"/{name}")
    assert line.getresponse().status == 200
    line.close()
    return S3(name, "http://{}:{}".format(*address), "us-east-1", "any", "any")


def told(bucket: S3, digest: bytes) -> "ObjectMeta":
    """What the service says of the file of this hash. Raises FileNotFoundError."""
    name = digest.hex()
    opened = Bucket(
        bucket.bucket,
        endpoint=bucket.endpoint,
        region=bucket.region,
        access_key_id=bucket.key_id,
        secret_access_key=bucket.secret,
        client_options={"allow_http": True},
    )
    return obstore.head(opened, f"store/{name[:2]}/{name[2:4]}/{name}")
