"""The Python SDK: contribute, review and appeal with your own key.

Example:
    >>> from sebrus.client import Client, Contributor
    >>> with Client("http://127.0.0.1:8080") as client:  # doctest: +SKIP
    ...     Contributor(client, key).submit(dataset_id, [("cat.png", data, 0)])
"""

from sebrus.client._contributor import AsyncContributor, Contributor, Handed
from sebrus.client._direct import RecordOutdated
from sebrus.client._http import AsyncClient, Client, ServerRefused, ServerUnreachable
from sebrus.client._reviewer import Reviewer
from sebrus.client._role import Role
from sebrus.client._stream import Told
from sebrus.client._task import Picture, Task, TaskAltered

__all__ = [
    "AsyncClient",
    "AsyncContributor",
    "Client",
    "Contributor",
    "Handed",
    "Picture",
    "RecordOutdated",
    "Reviewer",
    "Role",
    "ServerRefused",
    "ServerUnreachable",
    "Task",
    "TaskAltered",
    "Told",
]
