#!/usr/bin/env python3
"""Jobs that run one after the other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

# How long a job may take.
TIMEOUT = 30
default_name: str = "job"
_cache = {}
a, b = 1, 2

type Pair = tuple[int, int]


class JobError(Exception):
    """Says that a job failed."""


@dataclass(frozen=True)
class Job:
    """One job.

    It has a name.
    """

    name: str
    steps: list[str] = field(default_factory=list)

    LIMIT = 10

    def __post_init__(self) -> None:
        if not self.name:
            raise JobError("no name")

    @property
    def label(self) -> str:
        """The name for people."""
        return self.name.title()

    @classmethod
    async def make(
        cls,
        name: str,
        *steps: str,
    ) -> "Job":
        def clean(step):
            return step.strip()

        return cls(name, [clean(step) for step in steps])

    class Meta:
        ordering = "name"


# Runs all jobs.
#
# In order.
async def run(jobs: list[Job]) -> int:
    done = 0
    for job in jobs:
        await asyncio.sleep(0)
        done += 1
    return done


if __name__ == "__main__":
    total = asyncio.run(run([]))

square = lambda x: x * x
