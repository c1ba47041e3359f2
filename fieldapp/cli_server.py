"""The server that a command of the operator works on: its settings, and the app over them, refused in words."""

from dataclasses import replace
from typing import Any

import click
from flask import Flask

from fieldapp import create_app
from fieldapp.config import Config, ConfigError
from fieldapp.crypto.rest import RingError


def settings_now(**changes: Any) -> Config:
    """The settings of the environment. Raises ClickException where they are half set."""
    try:
        return replace(Config.from_env(), **changes)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def app_of(config: Config | None = None) -> Flask:
    """The app over these settings. Raises ClickException where the ring does not belong to the database."""
    try:
        return create_app(config or settings_now())
    except RingError as error:
        raise click.ClickException(str(error)) from error
