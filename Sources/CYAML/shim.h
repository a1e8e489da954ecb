#ifndef GITPATCH_CYAML_SHIM_H
#define GITPATCH_CYAML_SHIM_H

#include <yaml.h>

/* The parts of an event, which libyaml keeps in a union that reads badly from Swift. */
static inline const char *gitpatch_yaml_anchor(const yaml_event_t *event) {
    switch (event->type) {
    case YAML_ALIAS_EVENT: return (const char *)event->data.alias.anchor;
    case YAML_SCALAR_EVENT: return (const char *)event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT: return (const char *)event->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT: return (const char *)event->data.mapping_start.anchor;
    default: return 0;
    }
}

#endif
