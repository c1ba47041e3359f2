"""Which store the settings name."""

from fieldapp.blobs import BlobStore
from fieldapp.blobs.local import LocalStore
from fieldapp.config import Config


def store_of(config: Config) -> BlobStore:
    """The store of this server's files."""
    local = LocalStore(config.files_dir)
    if config.s3 is None:
        return local
    from fieldapp.blobs.s3 import S3Store  # ten megabytes that only who has a bucket loads

    return S3Store.of(local, config.s3)
