/** A data_table, which slack-blocks-to-jsx leaves blank, as a plain table. */

import type { Block } from "../types";

interface Cell {
  text?: string | number;
  value?: string | number;
  elements?: { elements?: { text?: string }[] }[];
}

const said = (cell: Cell) =>
  `${cell.text ?? cell.value ?? (cell.elements ?? []).flatMap((e) => e.elements ?? []).map((e) => e.text ?? "").join("")}`;

export function DataTable({ block }: { block: Block }) {
  const [head, ...rows]: Cell[][] = block.rows ?? [];
  return (
    <table className="data-table">
      <caption>{block.caption}</caption>
      <thead>
        <tr>
          {head?.map((cell, index) => (
            <th key={index} scope="col">
              {said(cell)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            {row.map((cell, column) => (
              <td key={column}>{said(cell)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
