"""The smallest skill. Its methods, their parameters and their documentation are in `wit/world.wit`."""

import wit_world


class WitWorld(wit_world.WitWorld):
    def echo(self, message: str) -> str:
        return message

    def ping(self) -> str:
        return "pong"

    def reverse(self, message: str) -> str:
        return message[::-1]
