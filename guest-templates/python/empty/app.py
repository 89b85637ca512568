"""A skill with one method. Its parameters and its documentation are in `wit/world.wit`."""

import wit_world


class WitWorld(wit_world.WitWorld):
    def greet(self, name: str) -> str:
        return f"Hello, {name}!"
