/** Which instructions of a pattern are reached without taking a character: the epsilon closure. Nothing here takes one. */
import { OP } from './pattern.ts';
import type { Program } from './pattern.ts';

/** The closure of one program. Memory is kept from one time to the next. */
export class Closure {
  readonly #program: Program;
  readonly #mark: Uint32Array;
  readonly #list: Uint32Array;
  readonly #stack: number[] = [];
  #round = 0;
  /** How many instructions were reached last. */
  size = 0;

  constructor(program: Program) {
    this.#program = program;
    this.#mark = new Uint32Array(program.instructions.length);
    this.#list = new Uint32Array(program.instructions.length);
  }

  /** The instructions that were reached last, until the next time. */
  reached(): Uint32Array {
    return this.#list.subarray(0, this.size);
  }

  /** From `kernel` and from the start of the program, under the conditions `met`; whether a match is among them. */
  compute(kernel: readonly number[], met: number): boolean {
    this.#round += 1;
    this.size = 0;
    let isMatch = false;
    this.#stack.push(this.#program.start, ...kernel);
    for (let pc = this.#stack.pop(); pc !== undefined; pc = this.#stack.pop()) {
      const instruction = this.#program.instructions[pc];
      if (instruction === undefined || this.#mark[pc] === this.#round) continue;
      this.#mark[pc] = this.#round;
      this.#list[this.size] = pc;
      this.size += 1;
      const { op, out, arg } = instruction;
      if (op === OP.MATCH) isMatch = true;
      else if (op === OP.ALT || op === OP.ALT_MATCH) this.#stack.push(out, arg);
      else if (op === OP.NOP || op === OP.CAPTURE || (op === OP.EMPTY_WIDTH && (arg & ~met) === 0)) this.#stack.push(out);
    }
    return isMatch;
  }
}
