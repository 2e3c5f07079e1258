"""Every way in which one module is damaged: its syntax tree with one node replaced.

Damaged: comparisons (the neighbouring boundary, the opposite), arithmetic, whole numbers by one,
yes and no, words, ``and``/``or`` and each of their operands, conditions, returns, raises and calls
removed, ``min``/``max`` and ``any``/``all``, severities, who lifts, facts and numbers of an
objection, ``only`` and ``id`` of a rule, defaults, entries of tables. Not damaged: annotations and
type aliases, docstrings, sources, the text of errors, assertions (they are for the type checker),
and what a dataclass does with its fields.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

CORE = Path(__file__).parents[2] / "dosing_rules"
LONGEST = 110
UNDAMAGED = -1
REMOVED = "removed"

_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}
# What each objection becomes, and the way on it had without naming one.
_OBJECTIONS = {
    "stop": (("doctor",), ""),
    "doctor": (("stop", "confirm"), "doctor-decision"),
    "confirm": (("doctor", "inform"), "write-reason"),
    "ask_prescriber": (("doctor", "inform"), "write-reason"),
    "inform": (("confirm",), "carry-on"),
}
_SEVERITIES = ("ALLOW", "INFORM", "CONFIRM", "DOCTOR", "STOP")
_ONLY_WORDS = ("methadone", "take_home")
_TYPE_MAKERS = {"Literal", "Callable", "TypeVar", "Mapping", "tuple", "dict", "frozenset"}


@dataclass(frozen=True)
class Mutant:
    """One damage: the module, the function, and what became of which line.

    ``body`` names the function whose body is damaged; empty where it is the module itself, a
    decorator or a default, which take effect while the module is imported.
    """

    module: str
    number: int
    line: int
    name: str
    body: str = ""


@dataclass(frozen=True)
class Site:
    """A place in a tree, and the node that stands there in the mutant."""

    parent: ast.AST
    field: str
    index: int | None
    node: ast.AST
    where: str
    said: str
    statement: ast.stmt | None
    in_body: bool

    def told(self) -> str:
        """``old -> new, in statement``; asked for before the node is put, and only when needed."""
        old = getattr(self.parent, self.field)
        old = old if self.index is None else old[self.index]
        if self.said == REMOVED and self.statement is not None:
            return f"removed {_header(self.statement)}"
        told = self.said or f"{_short(ast.unparse(old))} -> {_short(ast.unparse(self.node))}"
        line = _header(self.statement) if self.statement is not None else ""
        return told if told.partition(" -> ")[0] == line else f"{told}, in {line}"

    def put(self) -> None:
        """Replace the node in its tree; a removed entry of a list is gone."""
        if self.index is None:
            setattr(self.parent, self.field, self.node)
        else:
            getattr(self.parent, self.field)[self.index] = self.node


def modules() -> list[str]:
    """Every module of the core, as a dotted name below ``dosing_rules``."""
    names = [path.relative_to(CORE).with_suffix("").parts for path in sorted(CORE.rglob("*.py"))]
    dotted = [".".join(name).removesuffix(".__init__") for name in names]
    return [name for name in dotted if name != "__init__"]


def path_of(module: str) -> Path:
    """The file of a module."""
    place = CORE.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def mutants(module: str) -> list[Mutant]:
    """Every mutant of a module, with a name that outlives a move within the file."""
    seen: Counter[str] = Counter()
    found: list[Mutant] = []
    for number, site in enumerate(sites(ast.parse(path_of(module).read_text("utf-8")))):
        name = f"{module}:{site.where}: {site.told()}"
        seen[name] += 1
        if seen[name] > 1:
            name += f" ({seen[name]})"
        body = site.where if site.in_body else ""
        found.append(Mutant(module, number, getattr(site.node, "lineno", 0), name, body))
    return found


def code_of(mutant: Mutant) -> CodeType:
    """The module's code with the damage in it."""
    path = path_of(mutant.module)
    tree = ast.parse(path.read_text("utf-8"))
    if mutant.number != UNDAMAGED:
        list(sites(tree))[mutant.number].put()
    return compile(ast.fix_missing_locations(tree), str(path), "exec")


def sites(tree: ast.Module) -> Iterator[Site]:
    """Every damage of a tree, in the order of the file."""
    yield from _Walk().body(tree, "body", tree.body)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def _header(statement: ast.stmt) -> str:
    """The first line of a statement."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return f"the head of {statement.name}"
    return _short(ast.unparse(statement).splitlines()[0])


def _is_type(value: ast.expr) -> bool:
    named = value.func if isinstance(value, ast.Call) else value
    named = named.value if isinstance(named, ast.Subscript) else named
    return isinstance(named, ast.Name) and named.id in _TYPE_MAKERS and named is not value


class _Walk:
    """Walks a module and yields the damages of each node, outermost first."""

    def __init__(self) -> None:
        self.scope: list[str] = []
        self.statement: ast.stmt | None = None
        self.in_body = False

    def site(
        self, parent: ast.AST, field: str, index: int | None, new: ast.AST, told: str = ""
    ) -> Site:
        old = getattr(parent, field) if index is None else getattr(parent, field)[index]
        ast.copy_location(new, old)
        where = ".".join(self.scope) or "module"
        return Site(parent, field, index, new, where, told, self.statement, self.in_body)

    def body(self, parent: ast.AST, field: str, body: list[ast.stmt]) -> Iterator[Site]:
        for index, statement in enumerate(body):
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue  # a docstring
            before, self.statement = self.statement, statement
            yield from self.of_statement(parent, field, index, statement)
            self.statement = before

    def of_statement(
        self, parent: ast.AST, field: str, index: int, node: ast.stmt
    ) -> Iterator[Site]:
        last = isinstance(parent, ast.FunctionDef) and index == len(parent.body) - 1
        removed = self.site(parent, field, index, ast.Pass(), REMOVED)
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.Pass():
                return
            case ast.FunctionDef() | ast.ClassDef():
                yield from self.definition(node)
                return
            case ast.Raise():
                yield removed
                return
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                return
            case ast.Return(value=None | ast.Constant(value=None)):
                if not last:
                    yield removed
                return
            case ast.Return(value=ast.Constant(value=bool())):
                pass  # the other answer is damage enough; nothing reads as "no", too
            case ast.Return():
                none = ast.Return(ast.Constant(None))
                yield self.site(parent, field, index, none)
            case ast.Expr() | ast.AugAssign() | ast.Continue() | ast.Break():
                yield removed
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if name in ("__all__", "SOURCE") or _is_type(value):
                    return
            case _:
                pass
        yield from self.children(node)

    def definition(self, node: ast.FunctionDef | ast.ClassDef) -> Iterator[Site]:
        self.scope.append(node.name)
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "rule":
                yield from self.rule(decorator)
        if isinstance(node, ast.FunctionDef):
            for place in ("defaults", "kw_defaults"):
                for index, value in enumerate(getattr(node.args, place)):
                    if value is not None:
                        yield from self.expression(node.args, place, index, value)
        before, self.in_body = self.in_body, isinstance(node, ast.FunctionDef)
        yield from self.body(node, "body", node.body)
        self.in_body = before
        self.scope.pop()

    def rule(self, decorator: ast.Call) -> Iterator[Site]:
        """Its id garbled; asked about another kind of order or request."""
        for keyword in decorator.keywords:
            if not isinstance(keyword.value, ast.Constant):
                continue
            if keyword.arg == "only":
                other = _ONLY_WORDS[keyword.value.value == _ONLY_WORDS[0]]
                yield self.site(keyword, "value", None, ast.Constant(other), f"only {other}")
            elif keyword.arg == "id":
                yield self.site(keyword, "value", None, ast.Constant("another-rule"))

    def children(self, node: ast.AST) -> Iterator[Site]:
        """The damages of everything inside a node."""
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "target", "targets"):
                continue
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield from self.body(node, field, value)
            elif isinstance(value, list):
                for index, one in enumerate(value):
                    if isinstance(one, ast.AST):
                        yield from self.expression(node, field, index, one)
            elif isinstance(value, ast.AST):
                yield from self.expression(node, field, None, value)

    def expression(
        self, parent: ast.AST, field: str, index: int | None, node: ast.AST
    ) -> Iterator[Site]:
        if isinstance(node, ast.JoinedStr):
            return
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("field", "TypeVar"):
            return
        for new, told in self.replaced(parent, field, node):
            yield self.site(parent, field, index, new, told)
        # A garbled name of a number is a KeyError; that one is missing is damage enough.
        if not (isinstance(parent, ast.keyword) and parent.arg == "limits"):
            yield from self.children(node)

    def replaced(self, parent: ast.AST, field: str, node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
        """What may stand in place of one node, and how it is told when it is not ``a -> b``."""
        if field == "test" and not isinstance(node, ast.Compare | ast.UnaryOp | ast.Constant):
            yield ast.UnaryOp(ast.Not(), node), ""
        if isinstance(parent, ast.comprehension) and field == "ifs":
            yield ast.Constant(True), ""
        match node:
            case ast.Compare():
                yield from _compared(node)
            case ast.BoolOp():
                other = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
                yield ast.BoolOp(other, node.values), ""
                for one in range(len(node.values)):
                    kept = [value for at, value in enumerate(node.values) if at != one]
                    left = kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)
                    yield left, ""
            case ast.UnaryOp(op=ast.Not() | ast.USub()):
                yield node.operand, ""
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                yield ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right), ""
            case ast.IfExp():
                yield ast.IfExp(node.test, node.orelse, node.body), ""
            case ast.Constant():
                yield from _constants(parent, field, node)
            case ast.Attribute(value=ast.Name(id="Severity"), attr=word) if word in _SEVERITIES:
                at = _SEVERITIES.index(word)
                for near in _SEVERITIES[max(at - 1, 0) : at] + _SEVERITIES[at + 1 : at + 2]:
                    yield ast.Attribute(node.value, near, ast.Load()), ""
            case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
                called = ast.Name(_CALLED[name], ast.Load())
                yield ast.Call(called, node.args, node.keywords), ""
            case ast.Call(func=ast.Name(id=name)) if name in _OBJECTIONS:
                yield from _objections(node, name)
            case ast.Tuple() | ast.List() | ast.Set() | ast.Dict():
                yield from self.entries(parent, field, node)
            case _:
                pass

    def entries(
        self, parent: ast.AST, field: str, node: ast.Tuple | ast.List | ast.Set | ast.Dict
    ) -> Iterator[tuple[ast.AST, str]]:
        """Tables and lists of words, and the numbers of an objection, without one of them."""
        listed = not self.scope or (isinstance(parent, ast.Compare) and field == "comparators")
        if not listed and not (isinstance(parent, ast.keyword) and parent.arg == "limits"):
            return
        if isinstance(node, ast.Dict):
            for one, key in enumerate(node.keys):
                if key is None:
                    continue
                keys = [k for at, k in enumerate(node.keys) if at != one]
                rest = [v for at, v in enumerate(node.values) if at != one]
                yield ast.Dict(keys, rest), f"without {_short(ast.unparse(key))}"
            return
        # A row of a table has its columns; only lists have entries that may be missing.
        if isinstance(parent, ast.Tuple | ast.Dict | ast.Call) and not self.scope:
            return
        for one, entry in enumerate(node.elts):
            rest = [e for at, e in enumerate(node.elts) if at != one]
            made = ast.Set(rest) if isinstance(node, ast.Set) and rest else None
            made = made or (ast.List if isinstance(node, ast.List) else ast.Tuple)(rest, ast.Load())
            yield made, f"without {_short(ast.unparse(entry))}"


def _compared(node: ast.Compare) -> Iterator[tuple[ast.AST, str]]:
    for at, op in enumerate(node.ops):
        for other in _COMPARE[type(op)]:
            ops = [other() if one == at else kept for one, kept in enumerate(node.ops)]
            yield ast.Compare(node.left, ops, node.comparators), ""


def _constants(parent: ast.AST, field: str, node: ast.Constant) -> Iterator[tuple[ast.AST, str]]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value), ""
    elif isinstance(value, int):
        yield ast.Constant(value + 1), ""
        yield ast.Constant(value - 1), ""
    elif isinstance(value, str) and not (isinstance(parent, ast.Dict) and field == "keys"):
        yield ast.Constant(f"{value}?"), ""


def _objections(node: ast.Call, name: str) -> Iterator[tuple[ast.AST, str]]:
    """Another severity; somebody else or nobody lifts it; a fact less."""
    others, way_on = _OBJECTIONS[name]
    args = node.args or [ast.Constant(way_on)]
    for other in others:
        made = ast.parse(f"__import__('dosing_rules.rule', fromlist=['x']).{other}", mode="eval")
        kept = [one for one in node.keywords if one.arg != "lifted_by"]
        yield ast.Call(made.body, args, kept), f"{name} -> {other}"
    for at, keyword in enumerate(node.keywords):
        if keyword.arg not in (None, "limits"):
            rest = [one for one, kept in enumerate(node.keywords) if one != at]
            fewer = [node.keywords[one] for one in rest]
            yield ast.Call(node.func, node.args, fewer), f"without {keyword.arg}"
