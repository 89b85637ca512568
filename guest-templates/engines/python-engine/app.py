"""Python, for agents. The methods, their parameters and their documentation are in `wit/world.wit`; this is the table that says
where each is."""

from wit_world import exports
from wit_world.exports.engine import Outcome

import engine.private

engine.private.install("engine")

from engine import methods, snapshot  # noqa: E402


class Engine(exports.Engine):
    def run(self, code, input, session):
        return Outcome(*methods.run(code, input, session))

    def execute(self, code):
        return methods.execute(code)

    def search(self, query, detail):
        return methods.search(query, detail)

    def end_session(self):
        return methods.end_session()


class Prepared(exports.Prepared):
    def prepare(self):
        methods.touch()


snapshot.take(__file__)
