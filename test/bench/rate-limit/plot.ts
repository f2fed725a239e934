/** Accepted and refused calls per second over time, one row of panels per situation, as SVG. */
import * as echarts from "echarts";
import type { PolicyName, WorkForm } from "./cell.ts";
import { ratePerSecond } from "./measures.ts";
import type { CellResult } from "./run-wave.ts";

export type PlottedResult = { readonly panel: string; readonly result: CellResult };

const WIDTH = 1_080;
const LEGEND_HEIGHT = 64;
const ROW_HEIGHT = 210;
const PANEL_WIDTH = 460;
const PANEL_HEIGHT = 140;
const LEFT = 56;
const GAP = 64;

/** Distinct for colour-blind readers as well (Okabe and Ito); ours in the strong ones. */
const looks: Readonly<Record<`${PolicyName} ${WorkForm}`, { name: string; color: string; dashed?: true }>> = {
  "ours single": { name: "ours", color: "#0072B2" },
  "ours pair": { name: "ours, pairs", color: "#56B4E9" },
  "retell-sdk single": { name: "retell-sdk", color: "#D55E00" },
  "retell-sdk pair": { name: "retell-sdk, pairs", color: "#D55E00", dashed: true },
  "rate-limiter-flexible single": { name: "rate-limiter-flexible", color: "#009E73" },
  "rate-limiter-flexible pair": { name: "rate-limiter-flexible, pairs", color: "#009E73", dashed: true },
  "bottleneck single": { name: "bottleneck", color: "#CC79A7" },
  "bottleneck pair": { name: "bottleneck, pairs", color: "#CC79A7", dashed: true },
};

export function plotRates(results: readonly PlottedResult[]): string {
  const panels = [...new Set(results.map(({ panel }) => panel))];
  const height = LEGEND_HEIGHT + panels.length * ROW_HEIGHT;
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  const sides = ["accepted", "rejected"] as const;
  const places = panels.flatMap((panel, row) =>
    sides.map((side, column) => ({
      panel,
      side,
      left: LEFT + column * (PANEL_WIDTH + GAP),
      top: LEGEND_HEIGHT + 28 + row * ROW_HEIGHT,
    })),
  );
  const series = places.flatMap(({ panel, side }, index) =>
    results.filter((plotted) => plotted.panel === panel).map(({ result }) => lineOf(result, side, index)),
  );
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: "sans-serif" },
    legend: {
      top: 8,
      left: LEFT,
      width: WIDTH - 2 * LEFT,
      icon: "roundRect",
      itemHeight: 3,
      // Without a screen the width of texts is only estimated.
      itemGap: 40,
      data: [...new Set(series.map(({ name }) => name))],
    },
    title: places.map(({ panel, side, left, top }) => ({
      text: side === "accepted" ? `${panel}: accepted per second (dotted: the limit)` : "429 per second",
      left: left - 8,
      top: top - 26,
      textStyle: { fontSize: 13, fontWeight: "normal", color: "#333333" },
    })),
    grid: places.map(({ left, top }) => ({ left, top, width: PANEL_WIDTH, height: PANEL_HEIGHT })),
    xAxis: places.map((_, index) => ({
      type: "value",
      gridIndex: index,
      max: "dataMax",
      axisLabel: { formatter: "{value} s", hideOverlap: true },
      splitLine: { show: false },
    })),
    yAxis: places.map((_, index) => ({
      type: "value",
      gridIndex: index,
      min: 0,
      minInterval: 1,
      splitNumber: 3,
      splitLine: { lineStyle: { color: "#eeeeee" } },
    })),
    series,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function lineOf({ cell, calls, limits, go }: CellResult, side: "accepted" | "rejected", panel: number) {
  const { name, color, dashed } = looks[`${cell.policy} ${cell.form}`];
  const { startAt: from, until: to } = go;
  return {
    type: "line" as const,
    name,
    data: ratePerSecond(calls, side, { from, to }).map((point) => [...point]),
    xAxisIndex: panel,
    yAxisIndex: panel,
    showSymbol: false,
    itemStyle: { color },
    lineStyle: {
      color,
      width: cell.policy === "ours" ? 2 : 1.2,
      type: dashed ? ("dashed" as const) : ("solid" as const),
    },
    ...(side === "accepted" && { markLine: limitLines(limits, from, to) }),
  };
}

/** The provider's limit, as thin grey steps. */
function limitLines(limits: CellResult["limits"], from: number, to: number) {
  const second = (at: number) => (at - from) / 1_000;
  return {
    silent: true,
    symbol: "none",
    label: { show: false },
    lineStyle: { color: "#999999", type: "dotted" as const, width: 1 },
    data: limits.map(({ from: begin, perSecond }, index) => [
      { coord: [second(begin), perSecond] },
      { coord: [second(limits[index + 1]?.from ?? to), perSecond] },
    ]),
  };
}
