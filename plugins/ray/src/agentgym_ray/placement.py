"""The placement `ray`: hosts of environments as actors, on whatever nodes have room for them."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from typing import Any

from agentgym_core.environments import EnvironmentSource
from agentgym_core.placement import TimeLimits
from agentgym_core.rollout.placements.process import ProcessConfig, ProcessPlacement
from agentgym_core.rollout.placements.worker_client import WorkerClient
from agentgym_ray.cluster import LOOK_SECONDS, connect, lost_cluster, lost_head, room
from agentgym_ray.config import RayConfig
from agentgym_ray.host import RayHost


class RayPlacement(ProcessPlacement):
    """Hosts are placed as sessions are asked for, up to `hosts` or what the cluster has room for; beyond that `open` waits.

    A node that joins is used by the next sessions. A lost actor or node is an InfrastructureFault of the calls in flight there: their
    episodes are played again elsewhere. Time limits hold as in the placement `process`.
    """

    def __init__(self, settings: RayConfig | None = None) -> None:
        self.cluster = settings or RayConfig()
        shared = {
            name: getattr(self.cluster, name) for name in ("python", "hosts", "per_host", "start_seconds", "variables")
        }
        super().__init__(ProcessConfig(**shared))
        self._connected: asyncio.Future[None] | None = None
        self._watch: asyncio.Task[None] | None = None

    async def open(self, source: EnvironmentSource, limits: TimeLimits | None = None) -> Any:
        """A session on a host of the cluster.

        :raises InfrastructureFault: there is no cluster, or no node had room in time. :raises ComponentUnavailable: the head is lost.
            Others as for any placement.
        """
        if (lost := lost_head(self.cluster)) is not None:
            raise lost
        if self._connected is None:
            self._connected = asyncio.ensure_future(asyncio.to_thread(self._look))
        try:
            # Shielded: others wait for it too.
            await asyncio.shield(self._connected)
        except Exception as error:
            self._connected = None
            raise lost_cluster(error) from error
        if self._watch is None:
            self._watch = asyncio.ensure_future(self._keep_looking())
        return await super().open(source, limits)

    def reserve(self, sources: Sequence[EnvironmentSource]) -> None:
        """Make sure that the cluster has room for all of them at once.

        :raises ConfigError: it has not. :raises InfrastructureFault: there is no cluster.
        """
        self._look()
        self.config = self.config.model_copy(update={"hosts": self.limit})
        super().reserve(sources)

    def _client(self, source: EnvironmentSource, key: Hashable) -> WorkerClient:
        if (lost := lost_head(self.cluster)) is not None:
            raise lost
        return RayHost(source, key, self._per_host(source), self.cluster)

    def _look(self) -> None:
        connect(self.cluster)
        if self.cluster.hosts is None:
            self.limit = room(self.cluster)

    async def _keep_looking(self) -> None:
        """Follow the size of the cluster. Where its head is lost end all that waits, and the next session is refused with the reason."""
        while (lost := lost_head(self.cluster)) is None:
            await asyncio.sleep(LOOK_SECONDS)
            if self.cluster.hosts is None and (now := room(self.cluster)) != self.limit:
                self.limit = now
                self._tell()
        for link in self._links:
            link.kill(lost.message)
        self._tell()

    async def close(self) -> None:
        """End every host; the cluster stays."""
        if self._watch is not None:
            self._watch.cancel()
        await super().close()
