// Emission as a service: it takes what the audit log receives, so nothing calls it by name.
export type EmissionService = object
