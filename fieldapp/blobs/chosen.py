"""Which store the settings name."""

from fieldapp.blobs import BlobStore
from fieldapp.blobs.local import LocalStore
from fieldapp.config import Config


def store_of(config: Config) -> BlobStore:
    """The store of this server's files."""
    return LocalStore(config.files_dir)
