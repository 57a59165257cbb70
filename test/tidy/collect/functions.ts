/** Collects how long each function is. */
import type { FunctionFact } from '../facts.ts';
import type { NodeOf, SyntaxNode, Visitor } from './syntax.ts';

type FunctionNode = NodeOf<'FunctionDeclaration'> | NodeOf<'ArrowFunctionExpression'>;

/** Handlers that add to `found`. */
export function collectFunctions(found: FunctionFact[]): Visitor {
  const add = (node: FunctionNode): void => {
    const { start, end } = node.loc;
    found.push({ name: nameOf(node), line: start.line, lines: end.line - start.line + 1, isSuite: isSuite(node) });
  };
  return { FunctionDeclaration: add, FunctionExpression: add, ArrowFunctionExpression: add };
}

function nameOf(node: FunctionNode): string {
  if (node.type !== 'ArrowFunctionExpression' && node.id !== null) return node.id.name;
  const owner = node.parent;
  if (owner.type === 'VariableDeclarator' && owner.id.type === 'Identifier') return owner.id.name;
  if ((owner.type === 'MethodDefinition' || owner.type === 'Property') && owner.key.type === 'Identifier') return owner.key.name;
  return 'a function without a name';
}

/** `describe('…', fn)`, `describe.only('…', fn)` and the same for `suite`. */
function isSuite(node: FunctionNode): boolean {
  const call: SyntaxNode = node.parent;
  if (call.type !== 'CallExpression') return false;
  const callee = call.callee.type === 'MemberExpression' ? call.callee.object : call.callee;
  return callee.type === 'Identifier' && (callee.name === 'describe' || callee.name === 'suite');
}
