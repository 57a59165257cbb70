/** Collects what a file declares and exports, and whether a doc comment stands above it. */
import type { ExportFact } from '../facts.ts';
import { nameOf } from './imports.ts';
import type { NodeOf, RuleContext, SyntaxNode } from './syntax.ts';

type Program = NodeOf<'Program'>;
type SourceCode = RuleContext['sourceCode'];
type Declaration = NonNullable<NodeOf<'ExportNamedDeclaration'>['declaration']>;

/** The exports of a parsed file; overloads and a type of the same name count as one. */
export function exportsOf(program: Program, source: SourceCode): ExportFact[] {
  const declared = declaredNames(program, source);
  const found = new Map<string, ExportFact>();
  const add = (name: string, line: number, documented: boolean): void => {
    const earlier = found.get(name);
    found.set(name, { name, line: earlier?.line ?? line, documented: documented || (earlier?.documented ?? false) });
  };
  for (const node of program.body) {
    if (node.type !== 'ExportNamedDeclaration' || node.source !== null) continue;
    const { line } = node.loc.start;
    if (node.declaration !== null) for (const name of namesOf(node.declaration)) add(name, line, isDocumented(node, source));
    for (const { local } of node.specifiers) {
      // What was imported and is passed on is documented where it was declared.
      const documented = declared.get(nameOf(local));
      if (documented !== undefined) add(nameOf(local), line, documented);
    }
  }
  return [...found.values()];
}

/** Whether the file's first token is a doc comment (after a `#!` line). */
export function opensWithDoc(source: SourceCode): boolean {
  const first = fileComment(source);
  return first !== undefined && /^(?:#![^\n]*\n)?\s*$/.test(source.text.slice(0, first.range[0]));
}

function declaredNames(program: Program, source: SourceCode): Map<string, boolean> {
  const declared = new Map<string, boolean>();
  for (const node of program.body)
    for (const name of namesOf(node)) declared.set(name, isDocumented(node, source) || (declared.get(name) ?? false));
  return declared;
}

function namesOf(node: Declaration | Program['body'][number]): string[] {
  if (node.type === 'VariableDeclaration') return node.declarations.map(({ id }) => (id.type === 'Identifier' ? id.name : 'a pattern'));
  if ('id' in node && node.id !== null && 'name' in node.id && typeof node.id.name === 'string') return [node.id.name];
  return [];
}

function isDocumented(node: SyntaxNode, source: SourceCode): boolean {
  const file = fileComment(source);
  // The comment that opens the file is about the file, also when an export comes right after it.
  return source.getCommentsBefore(node).some((comment) => isDoc(comment) && comment.range[0] !== file?.range[0]);
}

const isDoc = (comment: { type: string; value: string }): boolean => comment.type === 'Block' && comment.value.startsWith('*');

const fileComment = (source: SourceCode): ReturnType<SourceCode['getAllComments']>[number] | undefined => {
  const first = source.getAllComments().find(({ type }) => type !== 'Shebang');
  return first !== undefined && isDoc(first) ? first : undefined;
};
