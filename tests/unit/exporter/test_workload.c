/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Finds pods, containers and units in the paths that kubelets, runtimes and systemd create. */
#include <criterion/criterion.h>
#include <string.h>

#include "counts/workload.h"

#define UID "2b801b7a-5266-4386-864e-45ed71136539"
#define UID_ "2b801b7a_5266_4386_864e_45ed71136539"
#define STATIC "6ecd4f43d5a0cbd0a1b9b6a5e9d0d3c7"
#define ID "20e061fc708d3b66dfe257b19552b34a1307a7347ed6b5bd0d8c5e76afb1a870"
/* The container of a nested node. */
#define NODE "9f1c4e63a3c1b0d5e6f70819203a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c"

static const struct {
	const char *path, *pod_uid, *container_id, *unit;
} cases[] = {
	/* Kubernetes, driver systemd, containerd */
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_
	 ".slice/cri-containerd-" ID ".scope",
		UID, ID, "cri-containerd-" ID ".scope"},
	{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" UID_
	 ".slice/cri-containerd-" ID ".scope",
		UID, ID, "cri-containerd-" ID ".scope"},
	/* Guaranteed */
	{"/kubepods.slice/kubepods-pod" UID_ ".slice/cri-containerd-" ID ".scope", UID, ID,
		"cri-containerd-" ID ".scope"},
	/* CRI-O */
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice/crio-" ID
	 ".scope",
		UID, ID, "crio-" ID ".scope"},
	/* CRI-O with crun */
	{"/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID ".scope/container", UID, ID,
		"crio-" ID ".scope"},
	/* CRI-O's monitor */
	{"/kubepods.slice/kubepods-pod" UID_ ".slice/crio-conmon-" ID ".scope", UID, "",
		"crio-conmon-" ID ".scope"},
	/* Cri-dockerd */
	{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" UID_
	 ".slice/docker-" ID ".scope",
		UID, ID, "docker-" ID ".scope"},
	/* A pod without a container */
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice", UID, "",
		""},
	/* Kubernetes, driver cgroupfs */
	{"/kubepods/burstable/pod" UID "/" ID, UID, ID, ""},
	{"/kubepods/besteffort/pod" UID "/" ID, UID, ID, ""},
	{"/kubepods/pod" UID "/" ID, UID, ID, ""},
	/* CRI-O, cgroupfs */
	{"/kubepods/burstable/pod" UID "/crio-" ID, UID, ID, ""},
	/* A static pod */
	{"/kubepods/burstable/pod" STATIC "/" ID, STATIC, ID, ""},
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" STATIC
	 ".slice/cri-containerd-" ID ".scope",
		STATIC, ID, "cri-containerd-" ID ".scope"},
	/* The kubelet uses the driver systemd, and containerd does not */
	{"/system.slice/containerd.service/kubepods-burstable-pod" UID_ ".slice:cri-containerd:" ID,
		UID, ID, "containerd.service"},
	{"/kubepods-besteffort-pod" UID_ ".slice:cri-containerd:" ID, UID, ID, ""},
	/* K3s' own cgroup root */
	{"/k8s.slice/k8s-kubepods.slice/k8s-kubepods-burstable.slice/k8s-kubepods-burstable-pod" UID_
	 ".slice/cri-containerd-" ID ".scope",
		UID, ID, "cri-containerd-" ID ".scope"},
	/* Kind in Docker */
	{"/system.slice/docker-" NODE
	 ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod" UID_
	 ".slice/cri-containerd-" ID ".scope",
		UID, ID, "docker-" NODE ".scope"},
	/* Kind in podman */
	{"/machine.slice/libpod-" NODE
	 ".scope/container/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" UID_
	 ".slice/cri-containerd-" ID ".scope",
		UID, ID, "libpod-" NODE ".scope"},
	/* Kind with cgroupfs */
	{"/docker/" NODE "/kubelet/kubepods/besteffort/pod" UID "/" ID, UID, ID, ""},
	/* Kind's kubelet */
	{"/system.slice/docker-" NODE ".scope/kubelet.slice/kubelet.service", "", NODE,
		"docker-" NODE ".scope"},
	/* Kind's containerd */
	{"/docker/" NODE "/system.slice/containerd.service", "", NODE, ""},
	/* Minikube in Docker */
	{"/system.slice/docker-" NODE
	 ".scope/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" UID_
	 ".slice/docker-" ID ".scope",
		UID, ID, "docker-" NODE ".scope"},
	/* Docker in a pod */
	{"/kubepods/burstable/pod" UID "/" ID "/docker/" NODE, UID, ID, ""},
	/* A cluster in a pod */
	{"/kubepods/burstable/pod00000000-1111-2222-3333-444444444444/" NODE
	 "/kubepods/burstable/pod" UID "/" ID,
		UID, ID, ""},
	/* A pod that runs systemd */
	{"/kubepods.slice/kubepods-pod" UID_ ".slice/cri-containerd-" ID
	 ".scope/system.slice/nginx.service",
		UID, ID, "cri-containerd-" ID ".scope"},
	/* Docker, systemd */
	{"/system.slice/docker-" ID ".scope", "", ID, "docker-" ID ".scope"},
	/* Docker, cgroupfs */
	{"/docker/" ID, "", ID, ""},
	/* Docker, --cgroup-parent */
	{"/build.slice/docker-" ID ".scope", "", ID, "docker-" ID ".scope"},
	/* Docker, rootless */
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope", "", ID,
		"user@1000.service"},
	/* Docker in Docker */
	{"/docker/" NODE "/docker/" ID, "", ID, ""},
	/* Docker, with systemd in the container */
	{"/system.slice/docker-" ID ".scope/init.scope", "", ID, "docker-" ID ".scope"},
	/* Docker's BuildKit */
	{"/system.slice/docker.service/buildkit/q1ewx7ukzg8jbpq9b2vpqkxwz", "", "",
		"docker.service"},
	/* Nerdctl */
	{"/system.slice/nerdctl-" ID ".scope", "", ID, "nerdctl-" ID ".scope"},
	/* Ctr */
	{"/default/" ID, "", ID, ""},
	/* Podman */
	{"/machine.slice/libpod-" ID ".scope/container", "", ID, "libpod-" ID ".scope"},
	{"/machine.slice/libpod-" ID ".scope", "", ID, "libpod-" ID ".scope"},
	/* Podman's monitor */
	{"/machine.slice/libpod-conmon-" ID ".scope", "", "", "libpod-conmon-" ID ".scope"},
	/* Podman, rootless */
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope/container",
		"", ID, "user@1000.service"},
	/* A pod of podman */
	{"/machine.slice/machine-libpod_pod_" NODE ".slice/libpod-" ID ".scope/container", "", ID,
		"libpod-" ID ".scope"},
	/* Podman, cgroupfs */
	{"/libpod_parent/libpod-" ID, "", ID, ""},
	/* Podman, a quadlet */
	{"/system.slice/web.service/libpod-payload-" ID, "", ID, "web.service"},
	/* ECS */
	{"/ecs/0123456789abcdef0123456789abcdef/" ID, "", ID, ""},
	/* ECS, systemd */
	{"/ecstasks.slice/ecstasks-0123456789abcdef0123456789abcdef.slice/docker-" ID ".scope", "",
		ID, "docker-" ID ".scope"},
	/* Systemd-nspawn */
	{"/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service", "", "",
		"systemd-nspawn@web.service"},
	/* Libvirt */
	{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator", "", "",
		"machine-qemu\\x2d1\\x2dvm.scope"},
	/* LXC */
	{"/lxc.payload.web/system.slice/nginx.service", "", "", ""},
	/* LXC, Proxmox */
	{"/lxc/101/ns/system.slice/nginx.service", "", "", ""},
	/* Nomad */
	{"/nomad.slice/share.slice/0f9a4a9e-5c1d-7b3e-9c55-0d1d7a3b2f10.web.scope", "", "",
		"0f9a4a9e-5c1d-7b3e-9c55-0d1d7a3b2f10.web.scope"},
	/* Services */
	{"/system.slice/nginx.service", "", "", "nginx.service"},
	{"/system.slice/system-postgresql.slice/postgresql@15-main.service", "", "",
		"postgresql@15-main.service"},
	{"/system.slice/sshd.service/child", "", "", "sshd.service"},
	{"/system.slice/cups.socket", "", "", "cups.socket"},
	/* systemd escapes a name that the kernel could use */
	{"/system.slice/_cpu.service", "", "", "cpu.service"},
	/* A session */
	{"/user.slice/user-1000.slice/session-3.scope", "", "", "session-3.scope"},
	/* A user's service */
	{"/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox.scope", "", "",
		"user@1000.service"},
	/* Systemd */
	{"/init.scope", "", "", "init.scope"},
	/* No unit */
	{"/", "", "", ""},
	{"/system.slice", "", "", ""},
	{"/.../system.slice/nginx.service", "", "", ""},
	/* These only look like containers or pods */
	{"/20e061fc708d3b66dfe257b19552b34a1307a7347ed6b5bd0d8c5e76afb1a87", "", "", ""},
	{"/" ID "0", "", "", ""},
	{"/docker-" ID ".scope.d", "", "", ""},
	{"/pod2b801b7a-5266-4386-864e-45ed7113653g/x", "", "", ""},
	{"/podman-" UID, "", "", ""},
	{"/system.slice/.service", "", "", ""},
	{"/_", "", "", ""},
};

static void expect(struct workload_part part, const char *wanted, const char *path)
{
	cr_assert(part.length == strlen(wanted) &&
			  (part.length == 0 || memcmp(part.text, wanted, part.length) == 0),
		"%s: '%.*s', not '%s'", path, (int)part.length, part.text, wanted);
}

Test(workload, paths)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct workload w;

		workload_parse(&w, cases[i].path);
		cr_assert_str_eq(w.pod_uid, cases[i].pod_uid, "%s: %s", cases[i].path, w.pod_uid);
		expect(w.container_id, cases[i].container_id, cases[i].path);
		expect(w.unit, cases[i].unit, cases[i].path);
	}
}
