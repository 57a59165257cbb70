/** Collects which globals a file uses, and which error codes it declares or hands on. */
import type { ParsedFacts } from '../facts.ts';
import type { NodeOf, RuleContext, SyntaxNode, Visitor } from './syntax.ts';

type Named = { name: string; line: number };
type Expression = NonNullable<NodeOf<'VariableDeclarator'>['init']>;

/** Values used that the file does not declare; `Math.random` and its like with the property. */
export function globalsOf(context: RuleContext): ParsedFacts['globals'] {
  const scope = context.sourceCode.scopeManager.globalScope;
  if (scope === null) return [];
  // Known globals are variables without a definition; unknown ones are references nobody resolved.
  const known = scope.variables.filter(({ defs }) => defs.length === 0).flatMap(({ references }) => references);
  return [...known, ...scope.through]
    .filter(({ identifier }) => !isType(identifier as SyntaxNode))
    .map(({ identifier }) => ({ name: withProperty(identifier as SyntaxNode, identifier.name), line: identifier.loc.start.line }));
}

/** Handlers that add to both lists. */
export function collectCodes(declared: Named[], given: Set<string>): Visitor {
  return {
    VariableDeclarator: (node) => {
      if (node.id.type === 'Identifier' && node.id.name === 'ERROR_CODES' && node.init !== null) declared.push(...keysOf(node.init));
    },
    Literal: (node) => {
      if (typeof node.value === 'string' && /^[A-Z][A-Z_]+$/.test(node.value) && !isCompared(node)) given.add(node.value);
    },
  };
}

function keysOf(init: Expression): Named[] {
  if (init.type === 'TSSatisfiesExpression' || init.type === 'TSAsExpression') return keysOf(init.expression);
  if (init.type !== 'ObjectExpression') return [];
  return init.properties.flatMap((property) => {
    if (property.type !== 'Property' || property.key.type !== 'Identifier') return [];
    return [{ name: property.key.name, line: property.loc.start.line }];
  });
}

const isCompared = ({ parent }: { parent: SyntaxNode }): boolean =>
  parent.type === 'BinaryExpression' || parent.type === 'SwitchCase' || parent.type === 'TSLiteralType';

const isType = ({ parent }: SyntaxNode): boolean =>
  parent !== null && (parent.type === 'TSTypeReference' || parent.type === 'TSQualifiedName' || parent.type === 'TSTypeQuery');

function withProperty(node: SyntaxNode, name: string): string {
  const { parent } = node;
  const member = parent?.type === 'MemberExpression' && parent.object === node && parent.property.type === 'Identifier';
  return member ? `${name}.${(parent.property as { name: string }).name}` : name;
}
