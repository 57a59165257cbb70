/** The drawing of a machine, and its SVG: a small machine at places that are given. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMachine } from 'xstate';
import { toDrawing } from '../../src/trace/drawing.ts';
import { toGraph } from '../../src/trace/graph.ts';
import type { Layout } from '../../src/trace/layout.ts';
import { columnsOf, widthOf, wrap } from '../../src/trace/measure.ts';
import { toArrowHead, toRoundedPath } from '../../src/trace/path.ts';
import { toLabelLines, toLabelSize } from '../../src/trace/shape.ts';
import { toSvg } from '../../src/trace/svg.ts';

const graph = toGraph(
  createMachine({
    id: 'm',
    description: 'Says <hello>.',
    initial: 'a',
    states: {
      a: {
        entry: 'greet',
        tags: 'first',
        on: { look: { actions: 'stare', description: 'Only looks.' }, go: { target: 'b', guard: 'mayGo', actions: 'walk' } },
      },
      b: { type: 'final' },
    },
  }),
);

const layout: Layout = {
  width: 200,
  height: 300,
  boxes: [
    { id: 'm', x: 0, y: 0, width: 200, height: 300 },
    { id: 'm#initial', x: 20, y: 40, width: 10, height: 10 },
    { id: 'm.a', x: 20, y: 60, width: 150, height: 80 },
    { id: 'm.b', x: 20, y: 240, width: 80, height: 30 },
  ],
  arrows: [
    {
      id: 'm#initial>',
      points: [
        { x: 25, y: 50 },
        { x: 25, y: 60 },
      ],
    },
    {
      id: 'm.a|go|0>m.b',
      points: [
        { x: 50, y: 140 },
        { x: 50, y: 240 },
      ],
      label: { x: 30, y: 170, width: 120, height: 30 },
    },
  ],
};

describe('the drawing of a machine', () => {
  const drawing = toDrawing(graph, layout);

  it('has each state with its name, its rows and how deep it is', () => {
    assert.deepEqual(
      drawing.states.map(({ id, type, depth, title, rule, rows }) => [
        id,
        type,
        depth,
        title.text,
        rule,
        rows.map(({ lines }) => lines.map(({ text }) => text)),
      ]),
      [
        ['m', 'compound', 0, 'm', 26, []],
        ['m.a', 'atomic', 1, 'a', 86, [['entry / greet'], ['look / stare']]],
        ['m.b', 'final', 1, 'b', undefined, []],
      ],
    );
    assert.deepEqual(
      drawing.states[1]?.rows.map(({ kind, transition, description, y, height }) => [kind, transition, description, y, height]),
      [
        ['entry', undefined, null, 91, 15],
        ['reaction', 'm.a|look|0', 'Only looks.', 106, 15],
      ],
    );
  });

  it('has each arrow with its transition, and the label that says what makes it and what it does', () => {
    assert.deepEqual(
      drawing.arrows.map(({ id, transition, label }) => [id, transition, label?.lines.map(({ text }) => text)]),
      [
        ['m#initial>', undefined, undefined],
        ['m.a|go|0>m.b', 'm.a|go|0', ['go [mayGo]', '/ walk']],
      ],
    );
    assert.deepEqual(drawing.entrances, [{ id: 'm#initial', state: 'm', cx: 25, cy: 45, r: 5 }]);
  });

  it('leaves out what the layout does not place, and what the machine has not', () => {
    const [root] = layout.boxes;
    assert.ok(root !== undefined);
    const { states, arrows } = toDrawing(graph, { ...layout, boxes: [root, { ...root, id: 'gone' }], arrows: [] });
    assert.deepEqual([states.map(({ id }) => id), arrows], [['m'], []]);
  });
});

describe('the SVG of a machine', () => {
  const svg = toSvg(toDrawing(graph, layout));

  it('needs nothing from elsewhere, knows light and dark, and says what it shows', () => {
    assert.doesNotMatch(svg.replace('http://www.w3.org/2000/svg', ''), /https?:|@import|url\(|<script|<image|<use/);
    assert.match(svg, /@media \(prefers-color-scheme:dark\)/);
    assert.match(svg, /role="img" aria-labelledby="title desc"/);
    assert.match(svg, /<title id="title">State machine m<\/title>/);
    assert.match(svg, /<desc id="desc">Says &#60;hello&#62;\. 2 states: a, b\. 1 arrows between them\.<\/desc>/);
  });

  it('draws a final state with two borders, and descriptions as tooltips', () => {
    assert.match(svg, /<rect x="23" y="243" width="74" height="24" rx="5"\/>/);
    assert.match(svg, /<g><title>Only looks\.<\/title><text class="row reaction"/);
  });

  it('draws transitions that share a path as one line', () => {
    const [, arrow] = layout.arrows;
    assert.ok(arrow !== undefined);
    const twice = toSvg(toDrawing(graph, { ...layout, arrows: [arrow, { ...arrow }] }));
    assert.equal(twice.match(/class="line"/g)?.length, 1);
    assert.equal(twice.match(/class="label"/g)?.length, 2);
  });

  it('shows names as text, whatever is in them', () => {
    const hostile = toGraph(createMachine({ id: '"><script>\u0000\u001b[31m&', initial: 'a]]>', states: { 'a]]>': {} } }));
    const box = { x: 0, y: 0, width: 9, height: 9 };
    const text = toSvg(
      toDrawing(hostile, {
        width: 9,
        height: 9,
        boxes: [
          { ...box, id: hostile.root.id },
          { ...box, id: hostile.root.children[0]?.id ?? '' },
        ],
        arrows: [],
      }),
    );
    assert.deepEqual(
      ['<script', '\u0000', '\u001b', ']]>'].filter((part) => text.includes(part)),
      [],
    );
    assert.match(text, /&#34;&#62;&#60;script&#62;\uFFFD\uFFFD\[31m&#38;/);
  });
});

describe('the room that text takes', () => {
  it('is that of its columns, and of the widest font of those that are asked for', () => {
    assert.deepEqual(['abc', '運行', '👍', ''].map(columnsOf), [3, 4, 2, 0]);
    assert.equal(widthOf('0123456789', 'row'), 69);
  });

  it('is broken between words, with what follows indented; a long word stays whole', () => {
    assert.deepEqual(wrap('one two three', 7), ['one two', '  three']);
    assert.deepEqual(wrap('extraordinarily', 7), ['extraordinarily']);
  });

  it('is as large at an arrow as its lines are', () => {
    const go = graph.transitions.find(({ event }) => event === 'go');
    assert.ok(go !== undefined);
    assert.deepEqual(toLabelSize(toLabelLines(go)), { width: widthOf('go [mayGo]', 'label') + 8, height: 30 });
  });
});

describe('the path of an arrow', () => {
  it('has round corners, and ends inside its head', () => {
    const corners = [
      { x: 0, y: 0 },
      { x: 0, y: 50 },
      { x: 40, y: 50 },
    ];
    assert.equal(toRoundedPath(corners), 'M0,0L0,43Q0,50 7,50L36,50');
    assert.equal(toArrowHead(corners), 'M40,50L32,46L32,54Z');
  });

  it('has smaller corners where there is less room, and none without a length', () => {
    assert.equal(
      toRoundedPath([
        { x: 0, y: 0 },
        { x: 0, y: 4 },
        { x: 40, y: 4 },
      ]),
      'M0,0L0,2Q0,4 2,4L36,4',
    );
    assert.deepEqual([toRoundedPath([{ x: 0, y: 0 }]), toArrowHead([])], ['', '']);
  });
});
