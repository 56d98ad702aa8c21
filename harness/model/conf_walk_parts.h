#ifndef BO_HARNESS_MODEL_CONF_WALK_PARTS_H
#define BO_HARNESS_MODEL_CONF_WALK_PARTS_H

#include "harness/model/conf_parts.h"

/* What conf_walk.c, conf_named.c and conf_choice.c share: the second pass over a document. */

struct walk {
	const struct bo_conf_args *args;
	struct bo_conf *conf;
	struct bo_conf_diag *diag;
	yaml_document_t document;
	struct bo_buf where; /* key path of the value at hand */
	void *expands;	     /* the file's data, once texts stand for others; NULL: they do not */
};

/* A mapping being read against a table. */
struct section {
	const struct bo_conf_field *fields; /* NULL: no keys at all */
	char *base;			    /* the struct they fill */
	const char *title;		    /* the key it stands under, NULL at the top */
	struct bo_conf_span at;		    /* where its lacks are shown */
	const char *reserved;		    /* a key that was dealt with before, or NULL */
	bool *settled;			    /* by field: given, or complained about already */
};

yaml_node_t *walk_node(struct walk *walk, int index);
void walk_refuse_type(struct walk *walk, const struct bo_conf_field *field, const yaml_node_t *key,
		      const yaml_node_t *value);
/* Key paths: into a key, and back to what descending returned. */
size_t walk_descend(struct walk *walk, const char *key);
void walk_ascend(struct walk *walk, size_t parent);
/* Remembers where the value at hand stands. */
void walk_note_place(struct walk *walk, struct bo_conf_span span);

/* False, complaining, when the key is no text or stood in this mapping before. */
bool walk_check_key(struct walk *walk, const yaml_node_t *map, const yaml_node_pair_t *pair);
void walk_section(struct walk *walk, struct section *section, yaml_node_t *map);
void walk_named(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *key,
		yaml_node_t *value, void *out);
void walk_choice(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *key,
		 yaml_node_t *value, void *out);
void walk_choices(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *key,
		  yaml_node_t *value, void *out);

#endif
