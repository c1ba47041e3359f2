"""The browser and the small server of the phone's own tests; judges run only in the soak."""

from tests.js.conftest import js_address, js_page

__all__ = ["js_address", "js_page"]
