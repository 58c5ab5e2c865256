//! A Node that has the images need not pull them. Source: `plugins/imagelocality/image_locality.go`.

use super::{Cache, MAX_SCORE, NodeInfo, PodInfo};
use k8s_openapi::api::core::v1::ContainerImage;

/// Images smaller than this in all do not count.
const LEAST: i64 = 23 << 20;
/// Images larger than this, per container, count no more.
const MOST_PER_CONTAINER: i64 = 1000 << 20;

/// The size of the Pod's images that a Node has, each counted by the part of all Nodes that has it. `None` where no Node
/// tells its images.
pub(super) fn scores(cache: &Cache, pod: &PodInfo, feasible: &[&NodeInfo]) -> Option<Vec<i64>> {
    let wanted: Vec<String> = pod
        .pod
        .spec
        .iter()
        .flat_map(|spec| spec.init_containers.iter().flatten().chain(&spec.containers))
        .filter_map(|container| container.image.as_deref())
        .map(with_tag)
        .collect();
    if feasible.iter().all(|node| images(node).is_empty()) {
        return None;
    }
    let nodes = i64::try_from(cache.len()).ok()?;
    let having: Vec<i64> = wanted
        .iter()
        .map(|image| cache.nodes().filter(|node| size(node, image).is_some()).count() as i64)
        .collect();
    let score = |node: &&NodeInfo| {
        let present = wanted.iter().zip(&having).filter_map(|(image, having)| {
            size(node, image).map(|bytes| (bytes as f64 * (*having as f64 / nodes as f64)) as i64)
        });
        stretch(present.sum(), wanted.len() as i64)
    };
    Some(feasible.iter().map(score).collect())
}

fn images(node: &NodeInfo) -> &[ContainerImage] {
    node.node.status.as_ref().and_then(|status| status.images.as_deref()).unwrap_or(&[])
}

fn size(node: &NodeInfo, wanted: &str) -> Option<i64> {
    images(node)
        .iter()
        .find(|image| image.names.iter().flatten().any(|name| name == wanted))
        .and_then(|image| image.size_bytes)
}

fn with_tag(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    if name.contains(':') { image.to_owned() } else { format!("{image}:latest") }
}

fn stretch(bytes: i64, containers: i64) -> i64 {
    let most = MOST_PER_CONTAINER * containers;
    MAX_SCORE * (bytes.clamp(LEAST, most.max(LEAST)) - LEAST) / (most - LEAST).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_23_mib_and_1000_mib_per_container_the_score_rises_evenly() {
        assert_eq!(stretch(0, 1), 0);
        assert_eq!(stretch(23 << 20, 1), 0);
        assert_eq!(stretch((23 << 20) + (977 << 19), 1), 50);
        assert_eq!(stretch(5000 << 20, 1), 100);
        assert_eq!(stretch(1000 << 20, 2), 49); // 977 / 1977
    }
}
