/** What a caller of the API may do. Each role may do all that the ones before it may. */

export const roles = ["reader", "editor", "operator"] as const;

export type Role = (typeof roles)[number];

export function isRole(value: unknown): value is Role {
  return (roles as readonly unknown[]).includes(value);
}

/** May somebody in `role` do what needs `needed`? */
export function roleAllows(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}
