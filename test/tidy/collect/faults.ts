/** Collects what is forbidden wherever it stands: escapes from the type checker, default exports, sleeps. */
import type { FaultFact } from '../facts.ts';
import type { NodeOf, RuleContext, SyntaxNode, Visitor } from './syntax.ts';

type Argument = NodeOf<'CallExpression'>['arguments'][number];

/** Handlers that add to `found`. */
export function collectFaults(found: FaultFact[], context: RuleContext): Visitor {
  const add = (kind: FaultFact['kind'], node: SyntaxNode): void => {
    found.push({ kind, line: node.loc.start.line });
  };
  return {
    Program: () => found.push(...compilerComments(context)),
    TSAnyKeyword: (node) => add('any', node),
    TSNonNullExpression: (node) => add('nonNull', node),
    VariableDeclarator: (node) => {
      if (node.definite === true) add('nonNull', node);
    },
    PropertyDefinition: (node) => {
      if (node.definite === true) add('nonNull', node);
    },
    TSEnumDeclaration: (node) => add('enum', node),
    ExportDefaultDeclaration: (node) => add('defaultExport', node),
    ExportSpecifier: (node) => {
      if (node.exported.type === 'Identifier' && node.exported.name === 'default') add('defaultExport', node);
    },
    CallExpression: (node) => {
      if (isSleep(node)) add('sleep', node);
    },
  };
}

function compilerComments(context: RuleContext): FaultFact[] {
  return context.sourceCode
    .getAllComments()
    .filter(({ value }) => /^[\s*]*@ts-(?:ignore|expect-error|nocheck)\b/.test(value))
    .map(({ loc }) => ({ kind: 'compilerComment', line: loc.start.line }));
}

/** `new Promise((r) => setTimeout(r, …))` in its spellings, and `promisify(setTimeout)`. */
function isSleep(node: NodeOf<'CallExpression'>): boolean {
  const [first] = node.arguments;
  if (first === undefined) return false;
  if (isNamed(node.callee, 'promisify')) return isNamed(first, 'setTimeout');
  const callee = node.callee.type === 'MemberExpression' ? node.callee.property : node.callee;
  const resolve = resolveName(node);
  return isNamed(callee, 'setTimeout') && resolve !== undefined && callsOnly(first, resolve);
}

const isNamed = (node: { type: string; name?: unknown }, name: string): boolean => node.type === 'Identifier' && node.name === name;

/** Name of the function that fulfils the nearest promise being made around a node. A timer that rejects is a deadline, no sleep. */
function resolveName(node: SyntaxNode): string | undefined {
  for (let inner = node, outer = node.parent; outer !== null; inner = outer, outer = outer.parent) {
    if (outer.type !== 'NewExpression' || !isNamed(outer.callee, 'Promise')) continue;
    if (inner.type !== 'ArrowFunctionExpression' && inner.type !== 'FunctionExpression') return undefined;
    const [parameter] = inner.params;
    return parameter?.type === 'Identifier' ? parameter.name : undefined;
  }
  return undefined;
}

/** Whether a timer's callback is `resolve`, or a function that does nothing but call it. */
function callsOnly(callback: Argument, resolve: string): boolean {
  if (isNamed(callback, resolve)) return true;
  if (callback.type !== 'ArrowFunctionExpression' && callback.type !== 'FunctionExpression') return false;
  const { body } = callback;
  if (body === null) return false;
  if (body.type !== 'BlockStatement') return isCallOf(body, resolve);
  const [only] = body.body;
  return body.body.length === 1 && only?.type === 'ExpressionStatement' && isCallOf(only.expression, resolve);
}

const isCallOf = (node: SyntaxNode, name: string): boolean => node.type === 'CallExpression' && isNamed(node.callee, name);
