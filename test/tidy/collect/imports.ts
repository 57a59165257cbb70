/** Collects which modules a file names. Resolves nothing. */
import type { ImportFact } from '../facts.ts';
import { COMPUTED } from '../facts.ts';
import type { NodeOf, Visitor } from './syntax.ts';

type Statement = NodeOf<'Program'>['body'][number];

/** Handlers that add to `found`. */
export function collectImports(found: ImportFact[]): Visitor {
  return {
    ImportDeclaration: (node) => {
      found.push({ ...place(node), typeOnly: node.importKind === 'type', lazy: false, names: node.specifiers.map(importedName) });
    },
    ExportNamedDeclaration: (node) => {
      if (node.source === null) return;
      const names = node.specifiers.map(({ local }) => nameOf(local));
      found.push({ ...place({ source: node.source, loc: node.loc }), typeOnly: node.exportKind === 'type', lazy: false, names });
    },
    ExportAllDeclaration: (node) => {
      found.push({ ...place(node), typeOnly: node.exportKind === 'type', lazy: false, names: ['*'] });
    },
    ImportExpression: (node) => {
      found.push({ ...place(node), typeOnly: false, lazy: true, names: ['*'] });
    },
    TSImportType: (node) => {
      found.push({ ...place(node), typeOnly: true, lazy: false, names: ['*'] });
    },
  };
}

function place(node: { source: object; loc: { start: { line: number } } }): { specifier: string; line: number } {
  const { source } = node;
  return { specifier: 'value' in source && typeof source.value === 'string' ? source.value : COMPUTED, line: node.loc.start.line };
}

function importedName(specifier: Extract<Statement, { type: 'ImportDeclaration' }>['specifiers'][number]): string {
  if (specifier.type === 'ImportSpecifier') return nameOf(specifier.imported);
  return specifier.type === 'ImportDefaultSpecifier' ? 'default' : '*';
}

/** The name an import or export specifier gives. */
export const nameOf = (name: { type: string; name?: unknown; value?: unknown }): string =>
  String(name.type === 'Literal' ? name.value : name.name);
