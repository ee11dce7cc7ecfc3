/** Who and what is in the workspace: for names wherever ids stand. */

import { createContext, useContext } from "react";
import type { Cast, Member } from "./types";

export const CastContext = createContext<Cast | null>(null);

export function useCast(): Cast {
  const cast = useContext(CastContext);
  if (!cast) throw new Error("The cast has not been read yet.");
  return cast;
}

export function memberOf(cast: Cast, id: string): Member {
  const known = [...cast.people, cast.bot, cast.system].find((member) => member.id === id);
  return known ?? { id, handle: id, real_name: id, part: "", deleted: false };
}
