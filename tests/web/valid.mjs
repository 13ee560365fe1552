// A folder of pages in, what the W3C's checker (vnu, the Nu Html Checker) says of them out, warnings included: [file, what].
import { execFile } from "node:child_process";
import { createRequire } from "node:module";

const JAR = createRequire(import.meta.url).resolve("vnu-jar/build/dist/vnu.jar");

export const valid = (folder) =>
  new Promise((resolve, reject) =>
    execFile("java", ["-Xss8m", "-jar", JAR, "--skip-non-html", "--format", "gnu", folder], { maxBuffer: 1 << 26 }, (error, _, told) => {
      if (error && (error.code !== 1 || !told)) return reject(new Error(`java (./test installs it): ${error.message} ${told}`));
      resolve(told.split("\n").filter(Boolean).map((line) => [line.match(/([^/"]+\.html)"?:/)?.[1], line.replace(/^"[^"]*":/, "")]));
    }),
  );
