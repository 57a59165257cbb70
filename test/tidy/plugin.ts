/**
 * An oxlint plugin that judges nothing: for each file it reports one message, the facts of its parse as JSON.
 * It runs inside oxlint, which gives every house rule a real TypeScript parser without another dependency.
 */
import { exportsOf, opensWithDoc } from './collect/exports.ts';
import { collectFaults } from './collect/faults.ts';
import { collectFunctions } from './collect/functions.ts';
import { collectImports } from './collect/imports.ts';
import type { RuleContext, SyntaxNode, SyntaxRule, Visitor } from './collect/syntax.ts';
import { collectCodes, globalsOf } from './collect/values.ts';
import type { FaultFact, FunctionFact, ImportFact, ParsedFacts } from './facts.ts';

const facts: SyntaxRule = {
  create(context) {
    const imports: ImportFact[] = [];
    const functions: FunctionFact[] = [];
    const faults: FaultFact[] = [];
    const errorCodes: { name: string; line: number }[] = [];
    const codesGiven = new Set<string>();
    return merge([
      collectImports(imports),
      collectFunctions(functions),
      collectFaults(faults, context),
      collectCodes(errorCodes, codesGiven),
      {
        'Program:exit': (node) => {
          const source = context.sourceCode;
          report(context, node, {
            opensWithDoc: opensWithDoc(source),
            imports,
            functions,
            exports: exportsOf(node, source),
            faults,
            globals: globalsOf(context),
            errorCodes,
            codesGiven: [...codesGiven],
          });
        },
      },
    ]);
  },
};

function report(context: RuleContext, node: SyntaxNode, parsed: ParsedFacts): void {
  context.report({ node, message: JSON.stringify(parsed) });
}

/** One visitor that calls the handlers of all. */
function merge(visitors: readonly Visitor[]): Visitor {
  const merged = new Map<string, ((node: never) => void)[]>();
  for (const visitor of visitors) {
    for (const [type, handler] of Object.entries(visitor)) {
      merged.set(type, [...(merged.get(type) ?? []), handler as (node: never) => void]);
    }
  }
  const entries = [...merged].map(([type, handlers]) => [
    type,
    (node: never) => {
      for (const handle of handlers) handle(node);
    },
  ]);
  return Object.fromEntries(entries) as Visitor;
}

const plugin: { readonly meta: { readonly name: string }; readonly rules: Readonly<Record<string, SyntaxRule>> } = {
  meta: { name: 'tidy' },
  rules: { facts },
};
// oxlint loads a plugin from its default export; nothing else may have one.
export default plugin;
