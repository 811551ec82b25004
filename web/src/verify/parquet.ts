import type { AsyncBuffer, FileMetaData, SchemaElement } from "hyparquet";
import { sha256Hex } from "../protocol/bytes";
import { need, StepFailed } from "./failure";
import { readSha256 } from "./fields";

const MOST_GROUP_BYTES = 2 ** 31;
const IMAGE_NAME = /^([0-9a-f]{64})\.[a-z]{2,5}$/;

/** The columns of a release, as Parquet writes them: name, type, whether it is a text. */
const COLUMNS: readonly (readonly [name: string, type: string | undefined, text: boolean])[] = [
  ["image", undefined, false],
  ["bytes", "BYTE_ARRAY", false],
  ["path", "BYTE_ARRAY", true],
  ["label", "INT64", false],
  ["sha256", "BYTE_ARRAY", true],
  ["contributor", "BYTE_ARRAY", true],
  ["batch_id", "BYTE_ARRAY", true],
  ["index", "INT32", false],
];

/** One released item as loaders see it; `sha256` is that of the image's bytes, computed here. */
export interface Row {
  readonly sha256: string;
  readonly label: number;
  readonly contributor: string;
  readonly batchId: string;
  readonly index: number;
}

/** The rows of one Parquet file in order. @throws StepFailed where it is not the table a release holds. */
export async function* readRows(
  data: Uint8Array<ArrayBuffer>,
  name: string,
  classNames: readonly string[],
): AsyncGenerator<Row> {
  const parquet = await import("hyparquet");
  const file: AsyncBuffer = {
    byteLength: data.byteLength,
    slice: (start, end) => data.slice(start, end).buffer,
  };
  const metadata = await readable(name, () => parquet.parquetMetadataAsync(file));
  checkSchema(metadata, name, classNames);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const size = Number(group.total_byte_size);
    need(size <= MOST_GROUP_BYTES, `${name} has a row group of ${size} bytes, too large to read`);
    const rowEnd = rowStart + Number(group.num_rows);
    const wanted = { file, metadata, rowStart, rowEnd, utf8: false };
    const rows = await readable(name, () => parquet.parquetReadObjects(wanted));
    need(rows.length === rowEnd - rowStart, `${name} is not a readable Parquet file`);
    for (const row of rows) yield await readRow(row, name);
    rowStart = rowEnd;
  }
}

async function readable<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch {
    throw new StepFailed(`${name} is not a readable Parquet file`);
  }
}

function checkSchema(metadata: FileMetaData, name: string, classNames: readonly string[]): void {
  const [, ...columns] = metadata.schema;
  const same = columns.length === COLUMNS.length && columns.every((column, at) => isColumn(column, COLUMNS[at]));
  const grouped = columns[0]?.num_children === 2;
  need(same && grouped, `${name} has other columns than a release has`);
  let names: unknown;
  try {
    const described = metadata.key_value_metadata?.find(({ key }) => key === "huggingface")?.value ?? "";
    names = JSON.parse(described).info.features.label.names;
  } catch {
    throw new StepFailed(`${name} does not describe its columns`);
  }
  const told = JSON.stringify(names) === JSON.stringify(classNames);
  need(told, `${name} names the classes otherwise than the manifest`);
}

function isColumn(column: SchemaElement, expected: (typeof COLUMNS)[number] | undefined): boolean {
  if (!expected) return false;
  const [name, type, text] = expected;
  const meant = column.converted_type === (text ? "UTF8" : undefined);
  return column.name === name && column.type === type && meant && column.repetition_type !== "REPEATED";
}

async function readRow(row: Record<string, unknown>, name: string): Promise<Row> {
  const { image, label, sha256, contributor, batch_id, index } = row;
  const { bytes, path } = (image ?? {}) as { bytes?: unknown; path?: unknown };
  const full =
    bytes instanceof Uint8Array &&
    typeof path === "string" &&
    typeof label === "bigint" &&
    typeof contributor === "string" &&
    typeof batch_id === "string" &&
    typeof index === "number";
  need(full && sha256 !== null && sha256 !== undefined, `${name} has a row with an empty cell`);
  const stated = readSha256(sha256, `${name}: sha256`);
  const found = await sha256Hex(bytes as Uint8Array<ArrayBuffer>);
  need(found === stated, `${name}: the image at sha256 ${stated.slice(0, 12)}… has other bytes`);
  const named = IMAGE_NAME.exec(path)?.[1] === stated;
  need(named, `${name}: an image is named '${path.slice(0, 80)}'`);
  return { sha256: found, label: Number(label), contributor, batchId: batch_id, index };
}
