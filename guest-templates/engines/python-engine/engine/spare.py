"""Objects that are made before they are needed: an instance begins with them."""


class Spare:
    """Has one object ready, and makes others when they are asked for."""

    def __init__(self, make):
        self._make, self._ready = make, []

    def fill(self):
        made = self._make()
        self._ready.append(made)
        return made

    def take(self):
        return self._ready.pop() if self._ready else self._make()
