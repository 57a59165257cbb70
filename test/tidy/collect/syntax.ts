/** Types of oxlint's syntax tree, taken from its own declarations, which export them only through its rule tester. Types alone. */
import type { RuleTester } from 'oxlint/plugins-dev';

type AnyRule = Parameters<RuleTester['run']>[1];
type PlainRule = Extract<AnyRule, { create: unknown }>;

/** A rule of an oxlint plugin. */
export type SyntaxRule = PlainRule;
/** What a rule is given for each file. */
export type RuleContext = Parameters<PlainRule['create']>[0];
/** The handlers a rule returns, by type of node. */
export type Visitor = ReturnType<PlainRule['create']>;
/** The node a handler is given. */
export type NodeOf<Type extends keyof Visitor> = Parameters<NonNullable<Visitor[Type]>>[0];
/** Any node. */
export type SyntaxNode = NonNullable<NodeOf<'ImportDeclaration'>['parent']>;
