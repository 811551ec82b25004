import "react";

declare module "react" {
  interface InputHTMLAttributes<T> {
    /** Choose a folder instead of files; in every browser, in no standard's attribute list. */
    webkitdirectory?: T extends HTMLInputElement ? string : never;
  }
}
