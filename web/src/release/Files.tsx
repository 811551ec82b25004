import { releaseFileUrl, releaseUrl } from "../api/http";
import type { Publication, ReleaseFile } from "../api/queries";
import { say } from "../strings";
import { Empty } from "../ui/basics";

const UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** A number of bytes as people say it. */
export function sizeOf(bytes: number): string {
  let size = bytes;
  let unit = 0;
  for (; size >= 1000 && unit < UNITS.length - 1; unit++) size /= 1000;
  return `${unit === 0 ? size : size.toFixed(size < 10 ? 1 : 0)} ${UNITS[unit]}`;
}

export function totalOf(files: readonly ReleaseFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** The files of a release, one by one and as one archive. */
export function Files({ release, files }: { release: Publication; files: readonly ReleaseFile[] }) {
  if (files.length === 0) return <Empty>{say.release.noFiles}</Empty>;
  const { dataset_id, version, folder } = release;
  return (
    <>
      <p className="row">
        <a className="button main" href={`${releaseUrl(dataset_id, version)}/archive`} download={`${folder}.zip`}>
          {say.release.archive(sizeOf(totalOf(files)))}
        </a>
        <span className="quiet">{say.release.unpacks(folder)}</span>
      </p>
      <div className="scroll-x">
        <table>
          <thead>
            <tr>
              <th scope="col">{say.release.file}</th>
              <th scope="col" className="number">
                {say.release.size}
              </th>
              <th scope="col">sha256</th>
            </tr>
          </thead>
          <tbody>
            {files.map(({ path, size, sha256 }) => (
              <tr key={path}>
                <td>
                  <a href={releaseFileUrl(dataset_id, version, path)} download={path.replaceAll("/", "-")}>
                    {path}
                  </a>
                </td>
                <td className="number">{sizeOf(size)}</td>
                <td>
                  <code className="quiet digest" title={sha256}>
                    {sha256}
                  </code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
