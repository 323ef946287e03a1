import { existsSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, run } from './command.ts'
import { Problem } from './problem.ts'
import {
  BRIDGE,
  BRIDGE_MAC,
  NAT_TABLE,
  NODE_ADDRESS,
  POD_CIDR,
  paths,
  SERVICE_CIDR,
  TEMPORAL_ADDRESS,
} from './settings.ts'

const SYSCTLS: Readonly<Record<string, string>> = {
  'net/ipv4/ip_forward': '1',
  'fs/inotify/max_user_instances': '1024',
  // Without it the answer of a Service's pod on this bridge bypasses the address translation.
  'net/bridge/bridge-nf-call-iptables': '1',
}

const setSysctls = async (): Promise<void> => {
  if (!existsSync('/proc/sys/net/bridge')) await attempt(['modprobe', 'br_netfilter'])
  for (const [name, value] of Object.entries(SYSCTLS)) {
    await writeFile(join('/proc/sys', name), value).catch((error: Error) => {
      throw new Problem(
        `the kernel setting ${name.replaceAll('/', '.')}=${value} cannot be made: ${error.message}`,
        'use a kernel with bridges, nftables and br_netfilter, and run as root outside a restricted container',
      )
    })
  }
}

const TEMPORAL_PORT = new URL(`tcp://${TEMPORAL_ADDRESS}`).port

/**
 * Pods that talk to the world outside do so with the machine's address. Temporal listens on the loopback address only,
 * and pods reach it at the node's; whatever else is on the loopback address stays out of their reach.
 */
const natTable = `
table ip ${NAT_TABLE}
delete table ip ${NAT_TABLE}
table ip ${NAT_TABLE} {
  chain loopback {
    type filter hook prerouting priority raw; policy accept;
    iifname ${BRIDGE} ip daddr 127.0.0.0/8 drop
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    iifname ${BRIDGE} ip daddr ${NODE_ADDRESS} tcp dport ${TEMPORAL_PORT} dnat to 127.0.0.1
  }
  chain output {
    type nat hook output priority -100; policy accept;
    ip daddr ${NODE_ADDRESS} tcp dport ${TEMPORAL_PORT} dnat to 127.0.0.1
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${POD_CIDR} ip daddr != { ${POD_CIDR}, ${SERVICE_CIDR}, 127.0.0.0/8, 224.0.0.0/4 } masquerade
  }
}
`

/** Makes the bridge that carries the node's address and the pods, and what the kernel needs for it. Repeatable. */
export const ensureNetwork = async (): Promise<void> => {
  await setSysctls()
  // On machines without systemd the root is private, and volumes mounted later would not reach running pods.
  await run(['mount', '--make-rshared', '/'])
  if (!existsSync(`/sys/class/net/${BRIDGE}`))
    await run(['ip', 'link', 'add', BRIDGE, 'address', BRIDGE_MAC, 'type', 'bridge'])
  await writeFile(`/proc/sys/net/ipv4/conf/${BRIDGE}/route_localnet`, '1')
  await run(['ip', 'address', 'replace', `${NODE_ADDRESS}/24`, 'dev', BRIDGE])
  await run(['ip', 'link', 'set', BRIDGE, 'up'])
  // Processes of this machine reach Services with the node's address, even without a default route.
  await run(['ip', 'route', 'replace', SERVICE_CIDR, 'dev', BRIDGE, 'src', NODE_ADDRESS])
  await run(['nft', '-f', '-'], { input: natTable })
}

const portsOfBridge = async (): Promise<readonly string[]> => readdir(`/sys/class/net/${BRIDGE}/brif`).catch(() => [])

/** CNI remembers interfaces of a pod in one file each: the bridge's is named after it, the loopback's after the pod. */
const removeCniResults = async (): Promise<void> => {
  const directory = '/var/lib/cni/results'
  const files = await readdir(directory).catch(() => [])
  const pods = files.flatMap((file) => new RegExp(`^${BRIDGE}-([0-9a-f]+)-`).exec(file)?.[1] ?? [])
  for (const file of files) if (pods.some((pod) => file.includes(pod))) await rm(join(directory, file), { force: true })
}

const removeTables = async (...tables: readonly string[]): Promise<void> => {
  for (const table of tables) await attempt(['nft', 'delete', 'table', ...table.split(' ')])
}

/** Removes what kube-proxy has put into the packet filter; one that starts makes it anew. */
export const removeProxyTables = (): Promise<void> => removeTables('ip kube-proxy', 'ip6 kube-proxy')

/** Removes the bridge, the pods' interfaces on it, and all packet filter tables of the cluster. Repeatable. */
export const removeNetwork = async (): Promise<void> => {
  for (const port of await portsOfBridge()) await attempt(['ip', 'link', 'delete', port])
  await attempt(['ip', 'link', 'delete', BRIDGE])
  await removeTables(`ip ${NAT_TABLE}`)
  await removeProxyTables()
  await rm(paths.addresses, { recursive: true, force: true })
  await removeCniResults()
}
