# Everything a person or CI does here has a target; `make help` lists them.
SHELL := /bin/bash
NODE := node_modules/.bin/node --disable-warning=ExperimentalWarning
JEST := $(NODE) --experimental-vm-modules node_modules/jest/bin/jest.js
LOCAL := $(NODE) deploy/local/main.ts
INSTALLED := node_modules/.installed

.DEFAULT_GOAL := help
.PHONY: help demo up operator down status logs env image load generate check test test-unit test-workflow test-replay record-histories test-simulation sim sim-many sim-mutants test-apiserver test-e2e test-full test-chaos bench-provision bench-idle bench-failover look-ui clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

$(INSTALLED): package-lock.json package.json
	@[ ! -L node_modules ] || rm node_modules # npm would empty what the link leads to
	@npm ci --no-audit --no-fund --loglevel=error >&2
	@touch $@

demo: $(INSTALLED) ## one apply, one healthy cluster; CONTEXT=<kube context> uses that cluster
	@CONTEXT='$(CONTEXT)' $(LOCAL) demo

up: $(INSTALLED) ## start the local Kubernetes and Temporal (no operator)
	@$(LOCAL) up

operator: $(INSTALLED) ## bring this checkout's operator into the local cluster
	@$(LOCAL) operator

down: $(INSTALLED) ## stop everything local; purge=1 also removes data and caches
	@$(LOCAL) down $(if $(purge),--purge)

status: $(INSTALLED) ## what runs locally, part by part
	@$(LOCAL) status

logs: $(INSTALLED) ## the log of one part: make logs part=kubelet
	@$(LOCAL) logs $(part)

env: $(INSTALLED) ## shell variables of the local cluster: eval "$(make -s env)"
	@$(LOCAL) env

image: $(INSTALLED) ## build the operator's image
	@$(LOCAL) image

load: $(INSTALLED) ## load an image archive into the local cluster: make load archive=x.tar
	@$(LOCAL) load $(archive)

generate: $(INSTALLED) ## regenerate what is generated (CRDs, error page)
	@$(NODE) crds/generate.ts

check: $(INSTALLED) ## types, lint, import directions, generated files current
	@node_modules/.bin/tsc -p tsconfig.json
	@node_modules/.bin/biome ci --colors=off .
	@$(NODE) crds/generate.ts --check
	@$(JEST) --selectProjects unit --testPathPatterns imports

test-unit: $(INSTALLED) ## pure functions: tables and properties
	@$(JEST) --selectProjects unit

test-workflow: $(INSTALLED) ## workflows in the SDK's sandbox, virtual clock
	@$(JEST) --selectProjects workflow

test-replay: $(INSTALLED) ## recorded histories against today's workflows
	@$(JEST) --selectProjects replay

record-histories: $(INSTALLED) ## keep histories of the local Temporal for the replay tier; of=<part of a workflow id>, again=1
	@$(NODE) test/replay/record.ts $(if $(of),--of '$(of)') $(if $(again),--again)

test-simulation: $(INSTALLED) ## the whole operator in a simulated world, 200 seeds of troubles
	@$(JEST) --selectProjects simulation

sim: $(INSTALLED) ## one simulated story, to read: make sim SEED=7
	@$(NODE) test/simulation/run/main.ts $(SEED)

sim-many: $(INSTALLED) ## many simulated stories: make sim-many SEEDS=3000 FROM=1 TROUBLE=Isolate
	@SEEDS='$(or $(SEEDS),200)' FROM='$(or $(FROM),1)' TROUBLE='$(TROUBLE)' $(NODE) test/simulation/run/many.ts

sim-mutants: $(INSTALLED) ## break one rule after the other: the simulation must notice each
	@$(NODE) test/simulation/mutants/main.ts $(MUTANT)

test-apiserver: $(INSTALLED) ## CRDs against a real kube-apiserver
	@$(JEST) --selectProjects apiserver --runInBand

test-e2e: $(INSTALLED) ## real Kubernetes, MySQL and Temporal; the operator in-cluster
	@$(JEST) --selectProjects e2e --runInBand

test-full: $(INSTALLED) ## stories on the real parts that take long, or are not yet steady
	@$(NODE) test/run.ts full chaos

test-chaos: $(INSTALLED) ## faults, while writers, a reader and probes use a cluster: RUNS=20 of each crash
	@$(JEST) --selectProjects chaos --runInBand

test: $(INSTALLED) ## every tier but the full one, of the chaos a part, with all it needs
	@$(NODE) test/run.ts

bench-provision: $(INSTALLED) ## apply to Ready, against a hand-written script on the same cluster
	@$(NODE) test/bench/provision.ts

bench-idle: $(INSTALLED) ## what the operator costs at rest: CPU and memory, with 3 clusters
	@$(NODE) test/bench/idle.ts

bench-failover: $(INSTALLED) ## write gaps when the primary changes, against the group's own: RUNS=20 KINDS=switchover,drain,kill
	@$(NODE) test/bench/failover.ts

look-ui: $(INSTALLED) ## the Temporal UI as a new user sees it: texts, and pictures in test/artefacts/ui
	@$(NODE) test/ui/look.ts

clean: ## remove what was built here
	@rm -rf dist build
