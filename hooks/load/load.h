/* SPDX-License-Identifier: Apache-2.0 */
/* Private to reeve-load: the only program of reeve that links libbpf. */
#ifndef REEVE_HOOKS_LOAD_LOAD_H
#define REEVE_HOOKS_LOAD_LOAD_H

#include "reeve/detect.h"
#include "set.h"

struct rv_programs; /* the skeleton */
struct btf;

/* ---- kernel.c: what this kernel has ---- */
enum rv_mechanism { RV_MECHANISM_NONE, RV_MECHANISM_LSM, RV_MECHANISM_MODIFY };
struct rv_kernel {
	struct btf *btf;		/* NULL: none */
	enum rv_mechanism mechanism;	/* that was seen to deny */
	char why[256];			/* none: what stands in the way of the lsm tier */
	bool cgroup_tasks;		/* programs of cgroups may use task storage */
};
void rv_kernel_done(struct rv_kernel *k);
#define rv_autokernel RV_CLEANUP(rv_kernel_done) struct rv_kernel
/* RV_ESYSTEM where reeve's programs cannot be loaded at all: no BTF, no permission. */
int rv_kernel_look(struct rv_kernel *k, struct rv_err *err);
bool rv_kernel_has_tracepoint(const struct rv_kernel *k, const char *name);
/* Its number in enum bpf_attach_type; negative: not known to this kernel. */
int rv_kernel_attach_type(const struct rv_kernel *k, const char *name);
bool rv_kernel_has_function(const struct rv_kernel *k, const char *prefix, const char *name);

/* ---- probe.c: sees whether a mechanism denies; RV_ESYSTEM says why not ---- */
int rv_probe(enum rv_mechanism mechanism, struct rv_err *err);

/* ---- programs.c: which program is attached where, and when ---- */
enum rv_place {
	RV_PLACE_NOWHERE,	/* this kernel or tier has no use for it */
	RV_PLACE_MISSING,	/* the tier cannot do without it, and this kernel does not have what it is for */
	RV_PLACE_NODE,		/* once, to the kernel */
	RV_PLACE_ROOT,		/* once, to the root cgroup */
	RV_PLACE_EACH,		/* to each container's cgroup */
	RV_PLACE_CALLS,		/* while a container with RV_C_CALLS is entered */
	RV_PLACE_LEARN,		/* while one with RV_C_LEARN is */
};
struct bpf_program;
/* Also turns an lsm program into one of the kernel's mechanism. */
enum rv_place rv_program_place(struct bpf_program *program, const struct rv_kernel *k, bool lsm);
/* Attaches programs of a group that are pinned in a set; what is attached already is no error. */
int rv_group_attach(const char *set, const char *group, struct rv_err *err);

/* ---- fill.c: the detections into the maps ---- */
int rv_fill(struct rv_programs *programs, const struct rv_detections *d, struct rv_err *err);

/* ---- trial.c: the loaded programs are seen to act ---- */
int rv_trial(struct rv_programs *programs, struct rv_err *err);

/* ---- set.c: a set as a whole ---- */
/* The one that a container which is started now is entered in. */
int rv_set_current(char name[RV_SET_NAME], struct rv_err *err);
int rv_set_load(const char *name, struct rv_err *err);
/* Mounts a bpffs for the first process where it has none. */
int rv_bpffs_mount(struct rv_err *err);
/* Unpins what lies below a set or a temporary one. */
void rv_set_remove(const char *name);

/* ---- for people ---- */
int rv_doctor(bool json, struct rv_buf *out, struct rv_err *err);
/* The report so far, as JSON. RV_ESYSTEM with ENOENT: none such is attached. */
int rv_show(const char *id, struct rv_buf *out, struct rv_err *err);
int rv_gc(struct rv_buf *out, struct rv_err *err);

/* What bpf said last, for the message of a load that failed. */
void rv_log_start(void);
const char *rv_log_end(void);

#endif
