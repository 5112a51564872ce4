"""The group of all commands: errors in one line."""

from __future__ import annotations

from typing import Any

import click

from mlsearch.base.errors import MlsearchError

EXPECTED = (MlsearchError, ValueError, TypeError, OSError, MemoryError, RuntimeError, ImportError)


class Group(click.Group):
    """A group whose commands report errors in one line, unless ``--debug``.

    Bad arguments exit with 2, all that goes wrong later with 1.
    """

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (BrokenPipeError, click.exceptions.Exit, click.Abort, click.ClickException):
            raise  # click knows what to do
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            raise _failure(error) from error
        except KeyboardInterrupt as interrupt:
            raise click.ClickException(f"interrupted {interrupt}".rstrip()) from interrupt


class ArgumentError(click.ClickException):
    """A bad argument, where one line says more than the usage of the command."""

    exit_code = 2


def _failure(error: Exception) -> click.ClickException:
    """The error in one line, shortened if it is long."""
    text = " ".join(str(error).split())
    if len(text) > 300:
        text = f"{text[:200]} ... {text[-100:]}"
    name = type(error).__name__
    if not isinstance(error, EXPECTED):
        text = f"unexpected {': '.join(filter(None, [name, text]))} (mlsearch --debug shows where)"
    is_argument = isinstance(error, ValueError | TypeError)
    kind = ArgumentError if is_argument else click.ClickException
    return kind(text or name)
