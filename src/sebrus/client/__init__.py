"""The Python SDK: contribute and review with your own key.

Example:
    >>> from sebrus.client import Client, Contributor
    >>> with Client("http://127.0.0.1:8080") as client:  # doctest: +SKIP
    ...     Contributor(client, key).submit(dataset_id, [("cat.png", data, 0)])
"""

from sebrus.client._http import Client, ServerRefused, ServerUnreachable
from sebrus.client._roles import Contributor, Handed, Reviewer, Role

__all__ = ["Client", "Contributor", "Handed", "Reviewer", "Role", "ServerRefused", "ServerUnreachable"]
